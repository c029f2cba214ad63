import type {
  Clock,
  Decision,
  DecisionOutcome,
  EvenmatchError,
  Lease,
  Millis,
  OwnerEvent,
  PoolKey,
} from "@evenmatch/core";
import { leaseLost, pause, unlessAborted, type Channel, type Retention } from "@evenmatch/core/adapter";
import { asKafkaError } from "../connection/failures.js";
import { Cycle } from "./cycle.js";
import { Leases } from "./leases.js";
import { misfit } from "./layout.js";
import { encodeValue, OWNED, type Layout, type LogEntry } from "./log-record.js";
import type { LogReader, PartitionState } from "./partition-state.js";
import type { Asked, Asker, Numbered, Reply } from "./requests.js";
import { apart, hasTime, type Deciding, type TakenRequest, type Work } from "./work.js";

/** What an owner appends to the log with: the newest to open one is the only one who can. */
export interface LogWriter {
  /**
   * Appends all entries in one transaction, and resolves with the offset of the first. Rejects where it does not know
   * whether it has: then it is of no more use.
   */
  append(entries: readonly LogEntry[]): Promise<number>;
  close(): Promise<void>;
}

/** How an owner reaches its partition. */
export interface PartitionAccess {
  /** Takes the right to append from everyone before. */
  open(): Promise<LogWriter>;
  /**
   * Reads the log from its beginning to the `owned` record with this nonce, which may still have to be written. Rejects
   * when the signal aborts, or when the partition is paused.
   */
  readLog(nonce: string, signal: AbortSignal): Promise<LogReader>;
  /** The offset of the oldest request and the one behind the newest. */
  ends(): Promise<Ends>;
  /** Has requests come from this offset on, or from the oldest that there is; returns from which. */
  resume(next: number, ends: Ends): number;
  /** Has no more requests come. */
  pause(): void;
  /** Replies to a process that asked; what is lost on the way is asked for again. */
  reply(to: Asker, items: readonly Numbered<Reply>[]): void;
  /** Work was done, and so much more waits. */
  worked(backlog: number): void;
  /** Whether the session of this worker surely lasts, so that nobody else can have taken over. */
  isSure(): boolean;
}

/** The offsets between which there are requests. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/** Offsets behind what has been taken up and written. */
export interface Hint {
  readonly requests: number;
  readonly log: number;
}

/** Whose partition it is. */
export interface OwnerOptions {
  readonly access: PartitionAccess;
  readonly events: Channel<OwnerEvent>;
  readonly retention: Retention;
  /** How the queue lies on its partitions. */
  readonly layout: Layout;
  /** Whether a pool lies on this partition. */
  readonly isHere: (pool: PoolKey) => boolean;
  /** The pool of this partition that something is asked about; `undefined` where it belongs on none of its pools. */
  readonly poolOf: (asked: Asked) => PoolKey | undefined;
  /** What a pool is called on this partition. */
  readonly home: (pool: PoolKey) => PoolKey;
  readonly clock: Clock;
  /** Makes a text that nobody else has. */
  readonly nonce: () => string;
  readonly report: (error: EvenmatchError) => void;
  /** Told that this worker must not have the partition, as its settings do not fit the log. */
  readonly refuse: (error: EvenmatchError) => void;
}

/** How many requests and decisions one transaction takes up, about. */
const MOST_AT_ONCE = 5_000;
/** A transaction that was not answered for so long is given up, in ms: as long as the broker keeps one open. */
const TRANSACTION_PATIENCE = 10_000;
/** What nobody waits for waits so long for company, in ms: a transaction of its own costs as much as any other. */
const COMPANY = 20;
/** After a transaction an owner rests for as long as that took, but no longer than so many ms. */
const LONGEST_REST = 10;
/** So many turns of the queue of promises it takes a matchmaker to decide on what it has just heard, and some more. */
const TURNS = 20;
/** Before the partition is taken over again, in ms: doubled from the first to the last. */
const FIRST_PAUSE = 20;
const LAST_PAUSE = 2_000;

/**
 * One partition in the hands of a worker.
 *
 * 1. Taking over: fence everyone before, write a mark, read the log until that mark comes by. From then on nobody else
 *    can append, so what was read is the truth.
 * 2. All that is asked and decided while a transaction is under way goes into the next one, in its order; it has
 *    happened when that is committed, and is answered then.
 * 3. Whatever goes wrong with a transaction, nobody knows how it ended: everything is dropped, and the partition is taken
 *    over again as long as it is this worker's.
 */
export class PartitionOwner {
  readonly #options: OwnerOptions;
  readonly #leases: Leases;
  readonly #stop = new AbortController();
  #queue: Work[] = [];
  #wake = (): void => {};
  #isOwning = false;
  #hasOwned = false;
  #mustProve = false;
  #isAstray = false;
  readonly #running: Promise<void>;
  #hint: Hint | undefined;
  #restsUntil = 0;
  /** Writers that it has no more use for, until they are closed. */
  readonly #closing = new Set<Promise<unknown>>();

  constructor(options: OwnerOptions) {
    this.#options = options;
    this.#leases = new Leases(options.events);
    this.#running = this.#run();
  }

  /** How much work waits. */
  get backlog(): number {
    return this.#queue.length;
  }

  /** How far it has come, for those who watch; `undefined` while it has nothing written. */
  get hint(): Hint | undefined {
    return this.#hint;
  }

  /** True for a lease that this ownership gave out and that lasts. */
  holds(lease: Lease): boolean {
    return this.#leases.holds(lease);
  }

  /** Takes requests in the order of the log. */
  take(requests: readonly TakenRequest[]): void {
    if (!this.#isOwning) return;
    for (const one of requests) this.#queue.push(one);
    this.#wake();
  }

  decide(lease: Lease, decisions: readonly Decision[], now: Millis): Promise<DecisionOutcome[]> {
    if (!this.holds(lease)) return Promise.reject(leaseLost(lease));
    return new Promise((resolve, reject) => {
      this.#queue.push({ lease, decisions, now, resolve, reject });
      this.#wake();
    });
  }

  /** Somebody else may have had the partition meanwhile: nothing is answered before a transaction has shown otherwise. */
  doubt(): void {
    this.#mustProve = true;
  }

  /** Where it is in the requests is no longer true: the partition is taken over again, which tells. */
  retake(): void {
    this.#isAstray = true;
    this.#wake();
  }

  /** The same worker has the partition anew: what is under way may end, and nothing more is told of it. */
  forsake(): void {
    this.#leases.end();
  }

  /** Gives the partition up, once what is under way is done. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the partition was given up"));
    this.#wake();
    await this.#running;
  }

  /** Resolves when nothing is open any more of what it had before it stopped, which takes as long as the driver does. */
  async closed(): Promise<void> {
    await Promise.all(this.#closing);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, report } = this.#options;
    let wait = FIRST_PAUSE;
    while (!signal.aborted) {
      this.#hasOwned = false;
      try {
        await this.#own();
      } catch (cause) {
        if (signal.aborted) break;
        const error = asKafkaError(cause);
        // To lose it is nothing unusual, and not to get it once is not either.
        if (this.#hasOwned && error.retryable) wait = FIRST_PAUSE;
        else if (wait > FIRST_PAUSE) report(error);
        await pause(clock, wait, signal).catch(() => {});
        wait = Math.min(2 * wait, LAST_PAUSE);
      }
    }
  }

  async #own(): Promise<void> {
    const { access, retention, layout, home, isHere, nonce, refuse } = this.#options;
    const { signal } = this.#stop;
    const writer = await this.#open();
    try {
      const mark = nonce();
      const owned: LogEntry = { key: OWNED, value: encodeValue({ type: "owned", nonce: mark }) };
      const reading = access.readLog(mark, signal);
      reading.catch(() => {});
      const fence = await this.#inTime(writer.append([owned]));
      const [reader, ends] = await Promise.all([reading, access.ends()]);
      const restored = await this.#inTurns(reader.restore(retention, layout, home));
      const refusal = misfit(restored, layout, isHere);
      if (refusal) {
        refuse(refusal);
        throw refusal;
      }
      const { state } = restored;
      state.position.seq = Math.max(state.position.seq, fence);
      signal.throwIfAborted();
      this.#isOwning = true;
      this.#isAstray = false;
      state.position.next = access.resume(state.position.next, ends);
      this.#leases.begin(BigInt(fence), state);
      this.#hasOwned = true;
      while (!signal.aborted) {
        if (this.#queue.length === 0 && !this.#isAstray) await this.#woken();
        if (this.#isAstray) throw new Error("the requests are not those of before");
        if (this.#queue.every(hasTime)) await this.#company();
        await this.#rest();
        if (this.#queue.length > 0) await this.#cycle(state, writer);
      }
    } finally {
      this.#isOwning = false;
      this.#drop();
      this.#close(Promise.resolve(writer));
    }
  }

  /** One that is opened when nobody waits for it any more is closed: its first word would fence who has the partition. */
  async #open(): Promise<LogWriter> {
    const opening = this.#options.access.open();
    try {
      return await unlessAborted(this.#inTime(opening), this.#stop.signal);
    } catch (error) {
      this.#close(opening);
      throw error;
    }
  }

  #close(opening: Promise<LogWriter>): void {
    const closing = opening
      .then((writer) => writer.close())
      .catch(() => {})
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** One transaction, or none where there were only questions. */
  async #cycle(state: PartitionState, writer: LogWriter): Promise<void> {
    const works = this.#queue.splice(0, countOf(this.#queue));
    const { poolOf, report, access, clock } = this.#options;
    const reply = access.reply.bind(access);
    const around = { state, leases: this.#leases, poolOf, reply, report };
    const cycle = new Cycle(around);
    const { requests, decisions } = apart(works);
    try {
      for (const request of requests) cycle.take(request);
      const isSure = !this.#mustProve && access.isSure();
      if (isSure && cycle.tellJoined()) decisions.push(...(await this.#decided()));
      for (const one of decisions) cycle.decide(one);
      if (cycle.mustWrite || !isSure) {
        this.#mustProve = false;
        const entries = state.entries();
        const started = clock.stopwatch();
        const base = await this.#inTime(writer.append(entries));
        const ended = clock.stopwatch();
        this.#restsUntil = ended + Math.min(ended - started, LONGEST_REST);
        this.#hint = { requests: state.position.next, log: base + entries.length };
      }
    } catch (cause) {
      for (const { reject, lease } of decisions) reject(leaseLost(lease));
      throw cause;
    }
    cycle.tell();
    access.worked(this.#queue.length);
  }

  /** What has been decided on what was just told. */
  async #decided(): Promise<Deciding[]> {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
    const { requests, decisions } = apart(this.#queue);
    this.#queue = requests;
    return decisions;
  }

  #woken(): Promise<void> {
    return new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /**
   * Owners that write one transaction right after another keep the brokers so busy that each takes longer: with a rest there
   * are fewer of them, which hold more. Who comes alone after a while does not wait.
   */
  async #rest(): Promise<void> {
    const { clock } = this.#options;
    const rest = Math.ceil(this.#restsUntil - clock.stopwatch());
    if (rest > 0) await pause(clock, rest, this.#stop.signal).catch(() => {});
  }

  /** Waits for something that somebody waits for, but not long. */
  async #company(): Promise<void> {
    const { clock } = this.#options;
    let isOver = false;
    const cancel = clock.at(clock.now() + COMPANY, () => {
      isOver = true;
      this.#wake();
    });
    while (!isOver && this.#queue.every(hasTime) && !this.#stop.signal.aborted) await this.#woken();
    cancel();
  }

  /** Drives long work in small pieces, between which heartbeats go out. */
  async #inTurns<T>(work: Generator<void, T>): Promise<T> {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      await pause(this.#options.clock, 0, this.#stop.signal);
    }
  }

  #drop(): void {
    this.#options.access.pause();
    const { decisions } = apart(this.#queue);
    this.#queue = [];
    for (const { reject, lease } of decisions) reject(leaseLost(lease));
    this.#leases.end();
  }

  async #inTime<T>(promise: Promise<T>): Promise<T> {
    const { clock } = this.#options;
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      const give = (): void => reject(new Error(`no answer for ${TRANSACTION_PATIENCE} ms`));
      cancel = clock.at(clock.now() + TRANSACTION_PATIENCE, give);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      cancel();
    }
  }
}

/** How many pieces of work go into one transaction. */
function countOf(queue: readonly Work[]): number {
  let [count, inputs] = [0, 0];
  while (count < queue.length && inputs < MOST_AT_ONCE) {
    const work = queue[count++] as Work;
    inputs += "lease" in work ? work.decisions.length : (work.record?.items.length ?? 0);
  }
  return count;
}
