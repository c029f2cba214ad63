import {
  EvenmatchError,
  systemRandom,
  type Answer,
  type CallOptions,
  type Decision,
  type DecisionOutcome,
  type Lease,
  type MatchStatus,
  type Millis,
  type OwnerEvent,
  type PoolKey,
  type Query,
  type Question,
  type Random,
  type Request,
  type RequestOutcome,
  type TicketStatus,
  type TicketStore,
  type TimedOptions,
} from "@evenmatch/core";
import { leaseLost, nameOf, noOwner, uuidMaker, type Retention } from "@evenmatch/core/adapter";
import type { KafkaLike } from "../connection/driver.js";
import {
  checkedKafka,
  checkedName,
  connectionSettings,
  invalid,
  wholeNumber,
  type ConnectionSettings,
  type KafkaConnectionOptions,
} from "../connection/options.js";
import { problemTeller } from "../connection/problems.js";
import { Writer } from "../connection/writer.js";
import { Attendance } from "./attendance.js";
import { Asking, type Question as Sent } from "./asking.js";
import { PREFIX } from "../topic/names.js";
import { Names } from "./names.js";
import type { Spreading } from "./places.js";
import { Offer, type OpenWorker } from "./offer.js";
import { finite, outcomeOf } from "./outcomes.js";
import { QueueWorker } from "./queue-worker.js";
import { Replies } from "./replies.js";
import { encodeAsked, type Asked, type Reply } from "./requests.js";
import { poolOfAsked } from "./routes.js";
import { noTopic, Topology } from "./topology.js";

/** How a {@link KafkaTicketStore} names its topics, how long it remembers, and where pools lie. */
export interface KafkaTicketStoreOptions extends KafkaConnectionOptions {
  /** What the names of topics, groups and transactional ids begin with; `match` when left out. */
  readonly prefix?: string;
  /**
   * How long ended tickets and finished matches are remembered, in ms of match time; one minute by default. All processes
   * that run pools should have the same.
   */
  readonly retainMs?: Millis;
  /** How long a `requestId` returns its ended ticket, in ms of match time; 600,000 when left out. */
  readonly dedupeMs?: Millis;
  /**
   * Regions in an order of their own: the first lies on partition 0, the next on 1, and so on, round and round. So few
   * regions spread evenly; all others lie where the hash of their pool's name says. All processes need the same.
   */
  readonly regions?: readonly string[];
  /**
   * `pool` when left out: a pool lies on one partition, in one worker's hands. `none` spreads a pool that is too large for
   * that over all partitions, by the hash of ticket ids; each of them is a pool of its own then, so players meet fewer
   * others, and one live ticket per player and one ticket per `requestId` hold within a partition only. All processes
   * need the same, for as long as the queue lives.
   */
  readonly key?: "pool" | "none";
  /** A request that was not answered for so many ms is sent again; 1,000 when left out. */
  readonly askAgainMs?: Millis;
  /**
   * How large the match of a claim may be, in bytes of JSON; 900,000 when left out. The ticket of a join may have a twelfth
   * of it, so that ten of them fit whatever players bring, and a match's assignment a tenth, for which the log needs
   * room besides. What is larger is refused: the tickets of such a match wait on.
   */
  readonly maxBytes?: number;
  /**
   * Told of what was set aside, and of failures that nobody waits for; they are in no other way heard of. When left out,
   * those that do not pass by themselves are warnings of the process, each kind once a minute.
   */
  readonly onProblem?: (error: EvenmatchError) => void;
  /** Makes the names of this process; the platform's source when left out. */
  readonly random?: Random;
}

/** Who asks a pool's owner looks after so many ms whether there is anybody. */
const LOOK_FOR_OWNER = 150;
/** So many of the largest tickets, and what a match says beside them, have room in a match. */
const TICKETS = 12;
/**
 * So many of the largest assignments are as large as the largest match: together they leave a record of a million bytes
 * room for who has answered.
 */
const ASSIGNMENTS = 10;

/**
 * Tickets on Kafka. Requests are records that anyone writes; they take effect when the fenced owner of their partition
 * commits the transaction that takes them up, so a join needs a live owner. The log of decisions is compacted, and a
 * pool is what it holds. A player has at most one live ticket in a pool. What is acknowledged was committed with
 * `acks=all`.
 */
export class KafkaTicketStore implements TicketStore {
  /** Requests of one moment go out as few records, and all that an owner is asked meanwhile is one transaction. */
  readonly coalesces = true;
  readonly #kafka: KafkaLike;
  readonly #names: Names;
  readonly #settings: ConnectionSettings;
  readonly #retention: Retention;
  readonly #spreading: Spreading;
  readonly #maxBytes: number;
  readonly #report: (error: EvenmatchError) => void;
  readonly #uuid: () => string;
  readonly #topology: Topology;
  readonly #asking: Asking;
  readonly #replies: Replies;
  readonly #attendance: Attendance;
  readonly #offers = new Set<Offer>();
  readonly #writer: Writer;

  /** Throws `INVALID_OPTIONS`. Nothing is sent before the first call. */
  constructor(
    kafka: KafkaLike,
    {
      prefix = PREFIX,
      retainMs = 60_000,
      dedupeMs = 600_000,
      regions = [],
      key = "pool",
      askAgainMs = 1_000,
      maxBytes = 900_000,
      onProblem,
      random = systemRandom,
      ...options
    }: KafkaTicketStoreOptions = {},
  ) {
    this.#kafka = checkedKafka(kafka);
    this.#names = new Names(checkedName("prefix", prefix));
    this.#settings = connectionSettings(options);
    this.#retention = {
      retainMs: wholeNumber("retainMs", retainMs, 1),
      dedupeMs: wholeNumber("dedupeMs", dedupeMs, 1),
    };
    this.#spreading = { key: checkedKey(key), regions: checkedRegions(regions) };
    this.#maxBytes = wholeNumber("maxBytes", maxBytes, 12_000);
    const uuid = uuidMaker(random);
    this.#uuid = () => uuid(this.#settings.clock.now());
    const { clock, timeoutMs } = this.#settings;
    const report = (this.#report = problemTeller(onProblem, clock));
    const common = { kafka, names: this.#names, clock, timeoutMs, report };
    this.#attendance = new Attendance(kafka, this.#names, this.#settings);
    this.#writer = new Writer(kafka, { clock, timeoutMs });
    const writer = this.#writer;
    this.#topology = new Topology({ ...common, spreading: this.#spreading });
    const again = wholeNumber("askAgainMs", askAgainMs, 1);
    this.#asking = new Asking({ ...common, id: this.#uuid(), writer, askAgainMs: again });
    this.#replies = new Replies(this.#names.answers, writer, report);
  }

  async submit(requests: readonly Request[], { now, signal }: TimedOptions): Promise<RequestOutcome[]> {
    signal?.throwIfAborted();
    const asked = requests.map((request): Asked => ({ type: "request", request: finite(request), at: now }));
    const sent = await Promise.all(asked.map((one) => this.#place(one)));
    const outcomes = requests.map(({ type }): RequestOutcome => ({
      type: type === "beat" ? "ended" : "unknown",
    }));
    const replies = await this.#ask(
      sent.filter((one) => one !== undefined),
      { signal },
    );
    let next = 0;
    sent.forEach((one, index) => {
      const reply = one && replies[next++];
      if (reply?.type === "outcome") outcomes[index] = outcomeOf(requests[index] as Request, reply.outcome);
    });
    return outcomes;
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    for (const decision of decisions) {
      if (decision.type === "claim")
        checkSize("match", decision.match.id, JSON.stringify(decision.match), this.#maxBytes);
      else if (decision.type === "settle" && decision.assignment) {
        const text = JSON.stringify(decision.assignment);
        checkSize("match's assignment", decision.matchId, text, Math.floor(this.#maxBytes / ASSIGNMENTS));
      }
    }
    for (const offer of this.#offers) {
      const deciding = offer.decide(lease, decisions, now);
      if (deciding) return deciding;
    }
    throw leaseLost(lease);
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const { clock, timeoutMs } = this.#settings;
    const report = this.#report;
    const open: OpenWorker = (queue, events, closing) =>
      QueueWorker.open(
        queue,
        events,
        {
          kafka: this.#kafka,
          names: this.#names,
          replies: this.#replies,
          retention: this.#retention,
          spreading: this.#spreading,
          clock,
          timeoutMs,
          nonce: this.#uuid,
          report,
        },
        closing,
      );
    const offer = new Offer(queues, signal, open, { clock, report });
    this.#offers.add(offer);
    void offer.ended().finally(() => this.#offers.delete(offer));
    return offer.events;
  }

  async read(
    queries: readonly Query[],
    { signal }: CallOptions,
  ): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    signal?.throwIfAborted();
    const places = await Promise.all(queries.map((query) => this.#placesOf(query)));
    const replies = await this.#ask(places.flat(), { signal });
    let next = 0;
    return places.map((all) => {
      const here = replies.slice(next, (next += all.length));
      for (const reply of here) if (reply.type === "found" && reply.found) return reply.found;
      return undefined;
    });
  }

  async ask(pool: PoolKey, question: Question, options: CallOptions): Promise<Answer> {
    options.signal?.throwIfAborted();
    const isAnywhere = this.#spreading.key === "none" && question.type === "estimate";
    if (!isAnywhere || pool.partition !== undefined) return this.#askPool(pool, question, options);
    // Any of its partitions can tell on which somebody has waited; one at least has to.
    const count = (await this.#topology.partitions(pool.queue)) ?? 0;
    const asked = Array.from({ length: count }, (_, partition) =>
      this.#askPool({ ...pool, partition }, question, options),
    );
    return Promise.any(asked).catch((error: unknown) => {
      throw (error as AggregateError).errors[0] ?? noOwner(pool);
    });
  }

  async #askPool(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    const place = await this.#place({ type: "ask", pool, question }).catch(() => undefined);
    if (!place) throw noOwner(pool);
    const inVain = (give: (error: Error) => void): void => {
      void this.#attendance.isRun(pool.queue).then((isRun) => isRun || give(noOwner(pool)));
    };
    const patience = { signal, againMs: LOOK_FOR_OWNER, inVain, late: () => noOwner(pool) };
    const [reply] = await this.#ask([place], patience);
    if (reply?.type !== "answer") throw noOwner(pool);
    return reply.answer;
  }

  /** The local clock: Kafka has none to ask. */
  time(): Promise<Millis> {
    return Promise.resolve(this.#settings.clock.now());
  }

  /** Rejects what waits for an answer, hands over the pools that it runs, and closes what it opened. */
  async close(): Promise<void> {
    await Promise.all([this.#asking.close(), ...Array.from(this.#offers, (offer) => offer.close())]);
    await this.#writer.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask(questions: readonly Sent[], options: Parameters<Asking["ask"]>[1]): Promise<readonly Reply[]> {
    if (questions.length === 0) return [];
    return this.#asking.ask(questions, options);
  }

  /** Where something is asked; `undefined` for what nobody could know. */
  async #place(asked: Asked): Promise<Sent | undefined> {
    const pool = poolOfAsked(asked);
    if (!pool) return undefined;
    const text = encodeAsked(asked);
    if (asked.type === "request" && asked.request.type === "join")
      checkSize("ticket", asked.request.ticket.id, text, Math.floor(this.#maxBytes / TICKETS));
    const place = await this.#topology.placeOf(asked);
    if (place) {
      const { topic, partition } = place;
      return { topic, partition, key: this.#spreading.key === "none" ? null : nameOf(pool), asked, text };
    }
    if (asked.type === "read") return undefined;
    throw noTopic(this.#names.requests(pool.queue));
  }

  async #placesOf(query: Query): Promise<Sent[]> {
    const asked: Asked = { type: "read", query };
    if (query.type !== "player") {
      const place = await this.#place(asked);
      return place ? [place] : [];
    }
    const count = (await this.#topology.partitions(query.queue)) ?? 0;
    const topic = this.#names.requests(query.queue);
    return Array.from({ length: count }, (_, partition) => ({
      topic,
      partition,
      key: null,
      asked,
      text: encodeAsked(asked),
    }));
  }
}

function checkSize(what: string, id: string, text: string, most: number): void {
  // No character takes more than three bytes for each of its places.
  if (3 * text.length <= most) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return;
  throw new EvenmatchError("INVALID_REQUEST", {
    rule: `a ${what} on Kafka has at most ${most} bytes of JSON`,
    received: { id, bytes },
    remedy: "Send less, or raise `maxBytes` together with max.message.bytes of topics and brokers.",
  });
}

function checkedKey(key: "pool" | "none"): "pool" | "none" {
  if (["pool", "none"].includes(key)) return key;
  throw invalid('key is "pool" or "none"', key, "Leave it out if unsure.");
}

function checkedRegions(regions: readonly string[]): readonly string[] {
  const isFine = Array.isArray(regions) && regions.every((one) => typeof one === "string");
  if (!isFine || new Set(regions).size !== regions.length)
    throw invalid("regions are names, each once", regions, 'Write ["eu", "us"], or leave it out.');
  return regions;
}

/**
 * A store of tickets on Kafka, on the application's client of `kafkajs`. Its topics have to be there: `ensureTopics` makes
 * them.
 *
 * Throws `INVALID_OPTIONS`. Calls reject with `STORE_MISCONFIGURED` where brokers and topics are not as it needs them.
 */
export function kafkaTicketStore(kafka: KafkaLike, options: KafkaTicketStoreOptions = {}): KafkaTicketStore {
  return new KafkaTicketStore(kafka, options);
}
