import type { Decision, DecisionOutcome, EvenmatchError, Lease, Millis, OwnerEvent } from "@evenmatch/core";
import { Alarm, Channel, onAbort, pause } from "@evenmatch/core/adapter";
import { isRetryable } from "../connection/failures.js";
import type { RedisServer } from "../connection/server.js";
import { beatPools } from "./beating.js";
import type { Entry } from "./entries.js";
import { Holding } from "./holding.js";
import { isQueue, poolAt, type Keys } from "./keys.js";
import { dueTo, Owners, type PoolStand } from "./owners.js";
import { Presence } from "./presence.js";
import type { Questions } from "./questions.js";
import { StreamReader } from "./stream-reader.js";
import { Taking } from "./taking.js";

/** How long to wait before the server is asked again after it failed, in ms. */
const TRY_AGAIN = 100;
/** How many pools it takes over side by side: a worker that is killed may leave hundreds. */
const AT_ONCE = 4;

/** Where a session runs, what it is called, and how long its lease is. */
export interface SessionOptions {
  readonly server: RedisServer;
  readonly keys: Keys;
  readonly name: string;
  readonly leaseMs: Millis;
  readonly retainMs: Millis;
  readonly questions: Questions;
  readonly report: (error: EvenmatchError) => void;
}

/**
 * One offer to run pools. It says every third of a lease that it lives, takes over its share of the pools whenever
 * somebody came or went, and hears their changes from the streams as they happen.
 */
export class OwnerSession {
  readonly events: Channel<OwnerEvent>;
  readonly #options: SessionOptions;
  readonly #queues: readonly string[];
  readonly #owners: Owners;
  readonly #taking: Taking;
  readonly #presence: Presence;
  /** By the key of the stream of their changes. */
  readonly #held = new Map<string, Holding>();
  readonly #readers = new Map<string, StreamReader>();
  #forget = (): void => {};
  #isOver = false;
  #running: Promise<void> = Promise.resolve();
  #isBeating = false;
  readonly #alarm = new Alarm();
  #cancelEnd = (): void => {};

  constructor(queues: readonly string[], signal: AbortSignal | undefined, options: SessionOptions) {
    const { server, keys, name, leaseMs } = options;
    this.#options = options;
    this.#queues = [...new Set(queues)].filter(isQueue);
    this.#owners = new Owners(server, keys, leaseMs);
    this.#taking = new Taking(options);
    this.#presence = new Presence(server, this.#owners, { name, queues: this.#queues, leaseMs });
    this.events = new Channel<OwnerEvent>(() => void this.close());
    this.#forget = onAbort(signal, () => void this.close());
    if (this.#isOver) this.#forget();
    else this.#running = this.#run();
  }

  /** Stops offering, and hands the pools over. */
  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#forget();
      this.#cancelEnd();
      this.#alarm.ring();
      this.events.end();
    }
    await this.#running;
  }

  /** Resolves when all that it held is given up. */
  ended(): Promise<void> {
    return this.#running;
  }

  /** The pool that a lease of this session is about, while it lasts. */
  holding(lease: Lease): Holding | undefined {
    for (const holding of this.#held.values()) if (holding.lease === lease) return holding;
    return undefined;
  }

  /** Makes what is decided known before it comes as a change. */
  async deciding(
    holding: Holding,
    decisions: readonly Decision[],
    decide: () => Promise<DecisionOutcome[]>,
  ): Promise<DecisionOutcome[]> {
    const isNew = decisions.map((decision) => decision.type === "claim" && holding.decides(decision.match));
    const outcomes = await decide();
    for (const [index, decision] of decisions.entries())
      if (decision.type === "claim" && isNew[index] && outcomes[index]?.type === "gone")
        holding.lost(decision.match.id);
    return outcomes;
  }

  /** The pool has another owner, as far as somebody was told. */
  doubt(): void {
    this.#alarm.ring();
  }

  async #run(): Promise<void> {
    const reading: Promise<void>[] = [];
    try {
      await this.#openReaders();
      await this.#presence.start({ beat: () => this.#beat(), lost: (error) => this.#fail(error) });
      for (const reader of new Set(this.#readers.values())) reading.push(reader.run());
      this.#alarm.ring();
      for (;;) {
        await this.#alarm.rung();
        if (this.#isOver) break;
        await this.#look();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#cancelEnd();
      for (const reader of this.#readers.values()) reader.close();
      await this.#presence.stop();
      await Promise.all(reading);
      await this.#leave();
    }
  }

  /** Where queues may be on several servers, each has a reader: one connection waits for one server. */
  async #openReaders(): Promise<void> {
    const { server, keys } = this.#options;
    const reads = {
      heard: (stream: string, entries: readonly Entry[]) => this.#hear(stream, entries),
      failed: (error: unknown) => this.#fail(error),
    };
    let shared: StreamReader | undefined;
    for (const queue of this.#queues) {
      const news = keys.news(queue);
      const last = (await server.look("xrevrange", news, ["+", "-", "COUNT", 1])) as [string, unknown][];
      const reader =
        (server.isCluster ? undefined : shared) ?? new StreamReader(server, this.#presence.intervalMs, reads);
      shared = reader;
      reader.follow(news, last[0]?.[0] ?? "0-0");
      this.#readers.set(queue, reader);
    }
  }

  /** It can go on no longer: whoever iterates is told why, and may offer anew. */
  #fail(error: unknown): void {
    this.events.fail(error);
    this.#isOver = true;
    // What is under way may take as long as a call may: whoever holds a lease knows at once.
    for (const holding of this.#held.values()) holding.lose();
    this.#alarm.ring();
  }

  /** Looks who is there, and takes over what is due. What fails is tried again for as long as the lease lasts. */
  async #look(): Promise<void> {
    try {
      await this.#spread();
    } catch (error) {
      if (this.#isOver) return;
      if (!isRetryable(error)) throw error;
      this.#alarm.ring();
      await pause(this.#options.server.clock, TRY_AGAIN);
    }
  }

  async #spread(): Promise<void> {
    const { clock } = this.#options.server;
    const { name } = this.#presence;
    const stand = await this.#presence.live();
    const nextEnd = Math.min(...stand.owners.filter((owner) => owner.name !== name).map(({ left }) => left));
    this.#cancelEnd();
    if (nextEnd !== Infinity) this.#cancelEnd = clock.at(clock.now() + nextEnd + 1, () => this.#alarm.ring());
    const pools = await this.#owners.pools(new Set(stand.owners.flatMap(({ queues }) => queues)));
    if (this.#isOver) return;
    const mine = pools.filter(({ owner }) => owner === name);
    this.#drop(mine);
    const missing = mine.filter((pool) => !this.#held.has(this.#streamOf(pool)));
    const due = new Set([...missing, ...dueTo(name, stand, pools)]);
    await allOf(
      Array.from(due, (pool) => () => this.#gain(pool)),
      AT_ONCE,
    );
  }

  /** Gives up what has another owner or another fence. */
  #drop(mine: readonly PoolStand[]): void {
    const fences = new Map(mine.map((pool) => [this.#streamOf(pool), pool.fence]));
    for (const [stream, holding] of this.#held)
      if (fences.get(stream) !== String(holding.lease.fence)) this.#lose(holding);
  }

  #streamOf({ queue, place }: { readonly queue: string; readonly place: string }): string {
    return this.#options.keys.of("changes", queue, place);
  }

  async #gain({ queue, place, fence }: PoolStand): Promise<void> {
    if (this.#isOver) return;
    const { leaseMs } = this.#options;
    const pool = poolAt(queue, place);
    const taken = await this.#taking.take(pool, this.#presence.name, fence, leaseMs);
    const found = taken && (await this.#taking.find(pool, taken, () => this.#isOver));
    if (!taken || !found || this.#isOver) {
      this.#alarm.ring();
      return;
    }
    const { snapshot, ended, seq, link, position, questions } = found;
    const holding = new Holding(pool, { ...taken, seq, link });
    holding.fill(snapshot);
    const stream = this.#streamOf(holding);
    this.#held.set(stream, holding);
    const { lease } = holding;
    const [waiting, pending] = [[...snapshot.waiting.values()], [...snapshot.pending.values()]];
    this.events.push({ type: "gained", lease, seq, waiting, pending });
    const changes = snapshot.ends((id) => ended.get(id));
    if (changes.length > 0) this.events.push({ type: "changed", lease, changes });
    this.#hearChanges(holding, questions);
    holding.position = position;
    this.#readers.get(queue)?.follow(stream, position);
    await this.#wakeReader(queue);
  }

  /** The reader waits on the streams that it knew when it began to wait. */
  async #wakeReader(queue: string): Promise<void> {
    const { server, keys } = this.#options;
    await server.call("xadd", [keys.news(queue), "MAXLEN", "~", 100, "*", "wakes", this.#presence.name]);
  }

  #hear(stream: string, entries: readonly Entry[]): void {
    if (this.#isOver) return;
    const holding = this.#held.get(stream);
    if (holding) this.#hearChanges(holding, entries);
    else if (entries.some(({ fields }) => fields.has("owners"))) this.#alarm.ring();
  }

  #hearChanges(holding: Holding, entries: readonly Entry[]): void {
    const { lease } = holding;
    for (const entry of entries) {
      holding.position = entry.id;
      const question = entry.fields.get("ask");
      if (question !== undefined) {
        const { questions } = this.#options;
        const reply = questions.replyTo(holding.queue, entry.fields.get("to") ?? "");
        this.events.push({ type: "asked", lease, question: JSON.parse(question) as never, reply });
        continue;
      }
      const changes = entry.fields.has("owner") ? undefined : holding.read(entry);
      if (!changes) {
        // Somebody else has taken it, or something is missing: then it is taken anew, as by another owner.
        this.#lose(holding);
        this.#alarm.ring();
        return;
      }
      this.events.push({ type: "changed", lease, changes });
    }
  }

  /** Once in a while it looks at everything, and throws away what it told long ago. */
  #beat(): void {
    this.#alarm.ring();
    if (this.#isBeating) return;
    this.#isBeating = true;
    const { server, keys } = this.#options;
    const differing = (holding: Holding): void => {
      if (this.#held.get(this.#streamOf(holding)) !== holding) return;
      this.#lose(holding);
      this.#alarm.ring();
    };
    beatPools(server, keys, this.#options, [...this.#held.values()], differing)
      // It is said again at the next beat.
      .catch(() => {})
      .finally(() => (this.#isBeating = false));
  }

  #lose(holding: Holding): void {
    const stream = this.#streamOf(holding);
    this.#held.delete(stream);
    this.#readers.get(holding.queue)?.forget(stream);
    holding.lose();
    this.events.push({ type: "lost", lease: holding.lease });
  }

  /** Gives up all pools, and says that it goes. Where this fails, the lease runs out. */
  async #leave(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const holding of held) holding.lose();
    try {
      await this.#owners.say("leave", this.#presence.name, this.#queues);
      const { leaseMs } = this.#options;
      await Promise.all(
        held.map(({ lease }) => this.#taking.take(lease.pool, "", String(lease.fence), leaseMs)),
      );
      await this.#owners.ring(this.#queues);
    } catch {
      // Nobody is told, and everybody finds out.
    }
  }
}

/** Runs all, so many side by side; rejects with the first failure once nothing is under way. */
async function allOf(runs: readonly (() => Promise<void>)[], most: number): Promise<void> {
  const waiting = runs[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const run of waiting) await run();
  };
  const lanes = await Promise.allSettled(Array.from({ length: most }, lane));
  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
}
