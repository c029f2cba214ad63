import {
  EvenmatchError,
  systemClock,
  type Answer,
  type CallOptions,
  type Clock,
  type Decision,
  type DecisionOutcome,
  type Lease,
  type MatchStatus,
  type Millis,
  type OwnerEvent,
  type PoolKey,
  type Query,
  type Question,
  type Request,
  type RequestOutcome,
  type TicketStatus,
  type TicketStore,
  type TimedOptions,
} from "@evenmatch/core";
import {
  Channel,
  leaseLost,
  nameOf,
  noOwner,
  poolOf,
  routeOf,
  type Retention,
} from "@evenmatch/core/adapter";
import type { Broker, Member } from "./broker.js";
import { Fold } from "./fold.js";
import { PartitionOwner } from "./partition-owner.js";

/** Who a store is, and how long it remembers and waits. */
export interface LogTicketStoreOptions extends Partial<Retention> {
  /** Names this process within the broker; processes that share a broker need different ones. */
  readonly process?: string;
  /** A request that was not answered for so many milliseconds is sent again; 1,000 when left out. */
  readonly askAgainMs?: Millis;
  readonly clock?: Clock;
}

/**
 * A ticket store over an append-only log without conditional append, as Kafka is one: requests are appended by
 * anyone and take effect when the fenced owner of their pool appends the decision that takes them up. It exists to
 * show that the port fits such a log. A join needs a live owner, and a player is unique per pool.
 */
export class LogTicketStore implements TicketStore {
  readonly #owned = new Set<PartitionOwner>();
  readonly #replicas = new Map<string, { readonly fold: Fold; read: number; reading: Promise<void> }>();
  readonly #clock: Clock;
  readonly #process: string;
  readonly #askAgainMs: Millis;
  readonly #retention: Retention;
  #sent = 0;

  constructor(
    private readonly broker: Broker,
    {
      process = "p",
      askAgainMs = 1_000,
      clock = systemClock(),
      retainMs = 60_000,
      dedupeMs = 600_000,
    }: LogTicketStoreOptions = {},
  ) {
    this.#process = process;
    this.#askAgainMs = askAgainMs;
    this.#clock = clock;
    this.#retention = { retainMs, dedupeMs };
  }

  /** Appends each request, and resolves when the owners of their pools have answered all. */
  async submit(requests: readonly Request[], { now, signal }: TimedOptions): Promise<RequestOutcome[]> {
    signal?.throwIfAborted();
    const waiting = new Set<() => void>();
    const abort = (): void => waiting.forEach((stop) => stop());
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.all(requests.map((request) => this.#send(request, now, waiting, signal)));
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    const owner = [...this.#owned].find((one) => one.holds(lease));
    if (!owner) throw leaseLost(lease);
    return owner.decide(lease, decisions, now);
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const mine = new Map<string, PartitionOwner>();
    const lose = (pool: PoolKey): void => {
      const owner = mine.get(nameOf(pool));
      if (!owner) return;
      mine.delete(nameOf(pool));
      this.#owned.delete(owner);
      owner.lose();
    };
    const leave = (): void => {
      signal?.removeEventListener("abort", leave);
      events.end();
      this.broker.leave(member);
      for (const { pool } of [...mine.values()]) lose(pool);
    };
    const events = new Channel<OwnerEvent>(leave);
    const member: Member = {
      queues: new Set(queues),
      assigned: (pool) => {
        lose(pool);
        const owner = new PartitionOwner(pool, this.broker, events, this.#retention);
        mine.set(nameOf(pool), owner);
        this.#owned.add(owner);
      },
      revoked: lose,
      asked: (pool, question) => mine.get(nameOf(pool))?.ask(question),
    };
    if (signal?.aborted) {
      events.end();
      return events;
    }
    signal?.addEventListener("abort", leave, { once: true });
    this.broker.join(member);
    return events;
  }

  async read(
    queries: readonly Query[],
    { signal }: CallOptions,
  ): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    signal?.throwIfAborted();
    return Promise.all(queries.map((query) => this.#find(query)));
  }

  async ask(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    signal?.throwIfAborted();
    const answer = this.broker.ask(pool, question);
    if (!answer) throw noOwner(pool);
    if (!signal) return answer;
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => (abort = () => reject(signal.reason as Error)));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([answer, aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  time(): Promise<Millis> {
    return Promise.resolve(this.#clock.now());
  }

  /** Ends a lease as its running out would. For tests. */
  endLease(lease: Lease): void {
    if ([...this.#owned].some((owner) => owner.holds(lease))) this.broker.expire(lease.pool);
  }

  /** Appends a request until it is answered: the same record again does nothing but have the answer repeated. */
  async #send(
    request: Request,
    now: Millis,
    waiting: Set<() => void>,
    signal: AbortSignal | undefined,
  ): Promise<RequestOutcome> {
    const pool = routeOf(request);
    if (!pool) return { type: request.type === "beat" ? "ended" : "unknown" };
    const record = { correlation: `${this.#process}-${this.#sent++}`, request, at: now };
    let isWaiting = true;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        isWaiting = false;
        forget();
        cancel();
        waiting.delete(aborted);
        settle();
      };
      const aborted = (): void => end(() => reject(unanswered(pool, signal?.reason)));
      const forget = this.broker.onAnswer(record.correlation, (outcome) => end(() => resolve(outcome)));
      let cancel = (): void => {};
      const append = (): void => {
        if (!isWaiting) return;
        cancel = this.#clock.at(this.#clock.now() + this.#askAgainMs, append);
        void this.broker.appendRequest(pool, record);
      };
      waiting.add(aborted);
      append();
    });
  }

  async #find(query: Query): Promise<TicketStatus | MatchStatus | undefined> {
    if (query.type === "player") return this.#live(query.playerId, query.queue);
    const pool = poolOf(query.type === "match" ? query.matchId : query.ticketId);
    if (!pool) return undefined;
    const { life } = await this.#replica(pool);
    if (query.type === "ticket") return ticketStatus(life.tickets.get(query.ticketId));
    const record = life.matches.get(query.matchId);
    return (
      record && {
        type: "match",
        match: record.match,
        state: record.state,
        answers: Object.fromEntries(record.answers),
      }
    );
  }

  async #live(playerId: string, queue: string): Promise<TicketStatus | undefined> {
    for (const pool of this.broker.pools(queue)) {
      const found = ticketStatus((await this.#replica(pool)).life.ticketOf(playerId));
      if (found) return found;
    }
    return undefined;
  }

  /** This process's own fold of a pool's log, read up to now: what a process that owns nothing answers from. */
  async #replica(pool: PoolKey): Promise<Fold> {
    const name = nameOf(pool);
    let replica = this.#replicas.get(name);
    if (!replica) {
      replica = { fold: new Fold(this.#retention), read: 0, reading: Promise.resolve() };
      this.#replicas.set(name, replica);
    }
    const { fold } = replica;
    const catchUp = async (known: { read: number }): Promise<void> => {
      for (const record of await this.broker.log(pool, known.read)) {
        known.read++;
        fold.apply(record);
      }
    };
    await (replica.reading = replica.reading.then(() => catchUp(replica)));
    return fold;
  }
}

function ticketStatus(
  record:
    | {
        readonly ticket: TicketStatus["ticket"];
        readonly state: TicketStatus["state"];
        readonly matchId: string | undefined;
      }
    | undefined,
): TicketStatus | undefined {
  return record && { type: "ticket", ticket: record.ticket, state: record.state, matchId: record.matchId };
}

/** The request may or may not be taken up yet: sending the same again tells. */
function unanswered(pool: PoolKey, cause: unknown): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", {
    rule: "a request is answered by the owner of its pool",
    received: nameOf(pool),
    remedy: "Start a matchmaker for the queue, and send the same request again.",
    retryable: true,
    cause,
  });
}
