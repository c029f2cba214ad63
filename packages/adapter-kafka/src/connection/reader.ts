import type { Clock, EvenmatchError, Millis } from "@evenmatch/core";
import { onAbort, pause } from "@evenmatch/core/adapter";
import type { Assignment, BatchCall, ConsumerLike, ConsumerSettings, KafkaLike } from "./driver.js";
import { asKafkaError } from "./failures.js";
import { farewell, untilItWorks } from "./in-time.js";
import { leavingOf } from "./leaving.js";

/** Who reads what, and who is told. */
export interface ReaderOptions {
  readonly kafka: KafkaLike;
  readonly topics: readonly string[];
  /** What its consumers are made with, or what says it for each of them, counted from 1. */
  readonly settings: ConsumerSettings | ((count: number) => ConsumerSettings);
  readonly clock: Clock;
  /** How long to try until it is a member of its group. */
  readonly timeoutMs: Millis;
  /**
   * How long the last try may take: as long as a group waits for its members, where nobody waits for this one. Who gives up
   * before has the others join again, and whoever tries next gives up as well. `timeoutMs` when left out.
   */
  readonly joinMs?: Millis;
  /**
   * It has become a member of its group, for the first time or again, and reads these partitions. What is sought and
   * paused here is before the next fetch. Must not throw.
   */
  readonly onJoined: (assignment: Assignment, consumer: ConsumerLike) => void;
  /**
   * Records of a partition. Nothing is fetched until it resolves, so no heartbeat goes out, unless it sends one. When it
   * rejects they are fetched again; what the driver rejects with has to be passed on as it is.
   */
  readonly onBatch: (call: BatchCall, consumer: ConsumerLike) => Promise<void>;
  /** It cannot go on, and begins anew; called each time. */
  readonly onFailure: (error: EvenmatchError) => void;
}

/** How long to wait before it begins anew, in ms: longer where trying again does not help by itself. */
const SOON = 200;
const LATER = 5_000;

const CLOSED = "It was closed before it had begun.";

/**
 * A consumer of kafkajs that goes on: one that the driver gives up is replaced by another, until it is closed.
 *
 * | the driver's consumer | what follows |
 * |---|---|
 * | loses its connection, or its place in the group | the driver joins again; `onJoined` |
 * | is given up by the driver | `onFailure`; another is made, 200 ms later, 5 s where repeating does not help; `onJoined` |
 */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #closing = new AbortController();
  #consumer: ConsumerLike | undefined;
  /** Disconnects that consumer. */
  #disconnect: () => Promise<void> = () => Promise.resolve();
  #count = 0;
  /** What replaces a consumer that was given up. */
  #mending: Promise<void> = Promise.resolve();
  /** Settles once the driver's consumer has become a member, or has failed to. */
  #joining: Promise<unknown> = Promise.resolve();
  /** The batches that are handled. */
  readonly #handling = new Set<Promise<void>>();

  private constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Resolves when it is a member of its group. Rejects with an `EvenmatchError` when it cannot be, or not in time. */
  static async open(options: ReaderOptions, signal?: AbortSignal): Promise<Reader> {
    const { clock, timeoutMs: triesMs, joinMs = triesMs } = options;
    const reader = new Reader(options);
    const patience = { clock, timeoutMs: Math.max(triesMs, joinMs), triesMs, signal };
    try {
      await untilItWorks(patience, () => reader.#begin());
    } catch (error) {
      // What it waits for may last as long as the driver tries.
      reader.close().catch(() => {});
      throw error;
    }
    return reader;
  }

  /** The consumer that reads now; `undefined` while there is none. */
  get consumer(): ConsumerLike | undefined {
    return this.#consumer;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Leaves the group, where the brokers answer. Resolves when no `onBatch` runs any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    const left = this.#leave();
    await Promise.allSettled(this.#handling);
    await farewell(this.#options.clock, () => left);
  }

  async #leave(): Promise<void> {
    // The driver loses sight of one that it stops while it joins: it may stay a member for good, which does nothing.
    await this.#joining;
    await this.#disconnect().catch(() => {});
    await this.#mending;
    await this.#disconnect().catch(() => {});
    this.#consumer = undefined;
  }

  #checkOpen(): void {
    if (this.isClosed) throw new Error(CLOSED);
  }

  #handle(call: BatchCall, consumer: ConsumerLike): Promise<void> {
    const handled = this.#options.onBatch(call, consumer);
    this.#handling.add(handled);
    return handled.finally(() => this.#handling.delete(handled));
  }

  async #begin(): Promise<void> {
    const { kafka, settings, topics, onJoined } = this.#options;
    this.#checkOpen();
    const consumer = kafka.consumer(typeof settings === "function" ? settings(++this.#count) : settings);
    const disconnect = leavingOf(consumer);
    this.#consumer = consumer;
    this.#disconnect = disconnect;
    const isMine = (): boolean => this.#consumer === consumer && !this.isClosed;
    let isMember = false;
    let forget = (): void => {};
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on("consumer.group_join", ({ payload }) => {
        if (isMine()) onJoined(payload.memberAssignment, consumer);
        isMember = true;
        resolve();
      });
      consumer.on("consumer.crash", ({ payload }) => {
        reject(payload.error);
        if (isMember && isMine()) this.#mend(payload.error);
      });
      forget = onAbort(this.#closing.signal, () => reject(new Error(CLOSED)));
    });
    joined.catch(() => {});
    try {
      // Each step may last as long as the driver tries, and somebody may have closed meanwhile.
      await consumer.connect();
      this.#checkOpen();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      this.#checkOpen();
      const joining = consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (call) => (isMine() ? this.#handle(call, consumer) : Promise.resolve()),
      });
      this.#joining = joining.catch(() => {});
      await joining;
      await joined;
    } catch (error) {
      await disconnect().catch(() => {});
      throw error;
    } finally {
      forget();
    }
  }

  #mend(cause: unknown): void {
    this.#mending = this.#replace(asKafkaError(cause));
  }

  async #replace(first: EvenmatchError): Promise<void> {
    const { clock, onFailure } = this.#options;
    for (let error: EvenmatchError | undefined = first; error && !this.isClosed;) {
      onFailure(error);
      await pause(clock, error.retryable ? SOON : LATER, this.#closing.signal).catch(() => {});
      if (this.isClosed) return;
      error = await this.#begin().then(
        () => undefined,
        (cause: unknown) => asKafkaError(cause),
      );
    }
  }
}
