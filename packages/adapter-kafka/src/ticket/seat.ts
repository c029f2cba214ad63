import type { Clock, EvenmatchError } from "@evenmatch/core";
import { onAbort } from "@evenmatch/core/adapter";
import type { Batch, BatchCall, ConsumerLike, RecordRead } from "../connection/driver.js";
import { misconfiguredBy } from "../connection/failures.js";
import { keepAlive } from "../connection/keep-alive.js";
import { MEMBER } from "../connection/settings.js";
import { decodeValue, OWNED } from "./log-record.js";
import type { Ends, LogWriter, PartitionAccess, PartitionOwner } from "./partition-owner.js";
import { LogReader } from "./partition-state.js";
import type { Replies } from "./replies.js";
import { decodeRequests } from "./requests.js";
import type { TakenRequest } from "./work.js";

/** What a seat needs of its worker. */
export interface SeatAround {
  readonly partition: number;
  readonly requests: string;
  readonly log: string;
  readonly replies: Replies;
  /** The consumer that reads now, if there is one. */
  readonly consumer: () => ConsumerLike | undefined;
  readonly open: () => Promise<LogWriter>;
  /** The oldest offset of the requests and the one behind the newest. */
  readonly ends: () => Promise<Ends>;
  readonly isSure: () => boolean;
  readonly clock: Clock;
  readonly report: (error: EvenmatchError) => void;
}

/** How much work may wait before no more is fetched, and how little of it has more fetched again. */
const MOST_WAITING = 2_000;
const FEW_WAITING = 500;
/** How long the batch with the mark holds the next fetch up at most, in ms: other partitions wait for that fetch, too. */
const LONGEST_HOLD = 300;

/** A log on its way from the beginning to somebody's mark. */
interface LogReading {
  readonly reader: LogReader;
  /** The offset of the next record. */
  next: number;
  /** The mark, and who waits for it, once it is on its way. */
  mark?: { readonly nonce: string; readonly done: (error?: Error) => void };
  /** Its mark has come by: what lies behind is none of its business. */
  isRead?: boolean;
}

/**
 * A worker's place at one partition: what is read of its two topics now, and from where. The driver forgets all that at
 * each rebalance, so it is kept here and said again.
 *
 * A fetch of kafkajs that finds nothing to read sleeps for as long as one that waits for news, and what is resumed
 * meanwhile waits with it. So the log is read from the moment that the partition comes, while its mark is still to be
 * written, and the batch with the mark holds the next fetch up until requests are wanted.
 */
export class Seat implements PartitionAccess {
  readonly #around: SeatAround;
  owner: PartitionOwner | undefined;
  /** The offset of the next request; `undefined` while none are wanted. */
  #next: number | undefined;
  #isFull = false;
  #isGone = false;
  #log: LogReading | undefined;
  /** Ends the waiting of the batch that had the mark. */
  #goOn = (): void => {};

  constructor(around: SeatAround) {
    this.#around = around;
    this.#log = this.#beginning();
  }

  /** The partition is another's, or nobody's any more: nothing is said about it from now on. */
  detach(): void {
    this.#isGone = true;
    this.#goOn();
  }

  /** Says to a consumer that has just joined its group what to read, and from where. */
  settle(consumer: ConsumerLike): void {
    const { partition, requests, log } = this.#around;
    const say = (topic: string, from: number | undefined, isPaused = false): void => {
      const which = [{ topic, partitions: [partition] }];
      if (from !== undefined) consumer.seek({ topic, partition, offset: String(from) });
      if (from === undefined || isPaused) consumer.pause(which);
      else consumer.resume(which);
    };
    say(requests, this.#next, this.#isFull);
    say(log, this.#log?.next, this.#log?.isRead);
  }

  /** Takes what was fetched of one of its topics. */
  async take(call: BatchCall): Promise<void> {
    const { batch } = call;
    // It was fetched before somebody sought elsewhere.
    if (call.isStale()) return;
    const next = Number(batch.lastOffset()) + 1;
    call.resolveOffset(batch.lastOffset());
    if (batch.topic === this.#around.requests) this.#takeRequests(batch, next);
    else if (this.#takeLog(batch.messages, next)) await this.#taken(call);
  }

  open(): Promise<LogWriter> {
    return this.#around.open();
  }

  async readLog(nonce: string, signal: AbortSignal): Promise<LogReader> {
    const reading = (this.#log ??= this.#beginning());
    const read = new Promise<void>((resolve, reject) => {
      reading.mark = { nonce, done: (error) => (error ? reject(error) : resolve()) };
    });
    const forget = onAbort(signal, () => reading.mark?.done(signal.reason as Error));
    await read.finally(forget);
    return reading.reader;
  }

  ends(): Promise<Ends> {
    return this.#around.ends();
  }

  resume(next: number, { low, high }: Ends): number {
    const { requests, report } = this.#around;
    if (next > high) report(truncated(requests, next, high));
    const from = next > high ? low : Math.max(next, low);
    this.#next = from;
    this.#isFull = false;
    this.#log = undefined;
    this.#resettle();
    this.#goOn();
    return from;
  }

  pause(): void {
    this.#next = undefined;
    this.#log?.mark?.done(new Error("the owner is no longer one"));
    this.#log = this.#beginning();
    this.#resettle();
    this.#goOn();
  }

  reply(...[to, items]: Parameters<PartitionAccess["reply"]>): void {
    this.#around.replies.add(to, items);
  }

  worked(backlog: number): void {
    if (!this.#isFull || backlog > FEW_WAITING) return;
    this.#isFull = false;
    this.#resettle();
  }

  isSure(): boolean {
    return this.#around.isSure();
  }

  #beginning(): LogReading {
    const { log, report } = this.#around;
    return { reader: new LogReader((key) => report(unreadable(log, key))), next: 0 };
  }

  #resettle(): void {
    try {
      const consumer = this.#around.consumer();
      if (consumer && !this.#isGone) this.settle(consumer);
    } catch {
      // The driver has given the consumer up: the one that replaces it is told when it joins.
    }
  }

  #takeRequests({ messages, highWatermark }: Batch, next: number): void {
    const from = this.#next;
    if (from === undefined || !this.owner) return;
    // The driver has found less than there was, and has begun with the oldest: the topic was made anew.
    if (Number(highWatermark) < from) {
      this.owner.retake();
      return;
    }
    // Where there are several brokers, what was fetched before the driver joined again may come twice.
    this.#next = Math.max(from, next);
    const taken: TakenRequest[] = [];
    for (const { offset, value } of messages)
      if (Number(offset) >= from) taken.push({ offset: Number(offset), record: this.#read(value, offset) });
    this.owner.take(taken);
    if (this.#isFull || this.owner.backlog <= MOST_WAITING) return;
    this.#isFull = true;
    const { partition, requests, consumer } = this.#around;
    consumer()?.pause([{ topic: requests, partitions: [partition] }]);
  }

  #read(value: Buffer | null, offset: string): TakenRequest["record"] {
    try {
      return decodeRequests(value?.toString() ?? "");
    } catch (cause) {
      this.#around.report(setAside(this.#around.requests, this.#around.partition, offset, cause));
      return undefined;
    }
  }

  /** True when the mark was among them. */
  #takeLog(messages: readonly RecordRead[], next: number): boolean {
    const reading = this.#log;
    if (!reading || reading.isRead) return false;
    reading.next = next;
    for (const { key, value } of messages) {
      const name = key?.toString() ?? "";
      if (name !== OWNED) reading.reader.add(name, value);
      else if (value && reading.mark && isMark(value, reading.mark.nonce)) {
        const { partition, log, consumer } = this.#around;
        reading.isRead = true;
        consumer()?.pause([{ topic: log, partitions: [partition] }]);
        reading.mark.done();
        return true;
      }
    }
    return false;
  }

  /** Resolves when requests are wanted, or nothing is, or others have waited long enough. */
  async #taken(call: BatchCall): Promise<void> {
    if (this.#isGone) return;
    const { clock } = this.#around;
    let cancel = (): void => {};
    const over = new Promise<void>((resolve) => {
      this.#goOn = resolve;
      cancel = clock.at(clock.now() + LONGEST_HOLD, resolve);
    });
    await keepAlive(call, { clock, everyMs: MEMBER.heartbeatInterval }, () => over).finally(cancel);
  }
}

function isMark(value: Buffer, nonce: string): boolean {
  const owned = decodeValue(value.toString());
  return owned?.type === "owned" && owned.nonce === nonce;
}

function setAside(topic: string, partition: number, offset: string, cause: unknown): EvenmatchError {
  return misconfiguredBy(
    "a record of requests is one that this library has written",
    { topic, partition, offset, problem: cause instanceof Error ? cause.message : String(cause) },
    "It was set aside. See who else writes to the topic.",
  );
}

function unreadable(topic: string, key: string): EvenmatchError {
  return misconfiguredBy(
    "a record of the log is one that this library has written",
    { topic, key },
    "It was left out of the pool. See who else writes to the topic.",
  );
}

function truncated(topic: string, next: number, end: number): EvenmatchError {
  return misconfiguredBy(
    "requests are kept until they are taken up",
    { topic, next, end },
    "The topic was made anew or cut: its oldest records are taken up. Delete the log with it if you delete it.",
  );
}
