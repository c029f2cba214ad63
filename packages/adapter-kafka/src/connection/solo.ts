import type { Clock, EvenmatchError, Millis } from "@evenmatch/core";
import { withAdmin } from "./admin.js";
import { soloAssigner } from "./assigner.js";
import type { Assignment, BatchCall, ConsumerLike, KafkaLike, RecordRead } from "./driver.js";
import { keepAlive } from "./keep-alive.js";
import { Reader } from "./reader.js";
import { ALONE } from "./settings.js";

/** What one process reads on its own. */
export interface SoloOptions {
  readonly kafka: KafkaLike;
  readonly topic: string;
  /** What names of groups begin with that nobody else has, such as one with a UUID in it. They are deleted on close. */
  readonly group: string;
  /** Chooses the partition to read, of so many; all of them when left out. */
  readonly partition?: (partitions: number) => number;
  readonly clock: Clock;
  readonly timeoutMs: Millis;
  /** Records of a partition, in order. Nothing more is fetched until it resolves; it must not reject. */
  readonly onRecords: (records: readonly RecordRead[], partition: number) => void | Promise<void>;
  /** Records were deleted before they were read, by retention or with the topic. Not for topics with transactions. */
  readonly onGap?: (partition: number) => void | Promise<void>;
  /** It is cut off, and goes on where it was when it can; called each time that the driver gives up. */
  readonly onFailure: (error: EvenmatchError) => void;
}

/** How long who closes waits for the brokers, in ms. */
const FAREWELL: Millis = 1_000;

/**
 * Reads what is written from when it was opened, in a group of its own: all records of one partition, or of all. It keeps
 * its place itself, so nothing is committed; where it lost its connection it goes on behind what it has read.
 */
export class Solo {
  /** The partition that it reads; `undefined` where it reads all. */
  readonly partition: number | undefined;
  readonly #options: SoloOptions;
  /** The offset of what comes next, by partition. */
  readonly #next: Map<number, string>;
  /** The groups that it was in. */
  readonly #groups = new Set<string>();
  #reader: Reader | undefined;

  private constructor(options: SoloOptions, partition: number | undefined, next: Map<number, string>) {
    this.#options = options;
    this.partition = partition;
    this.#next = next;
  }

  /** Resolves when it reads: what is written from then on is heard. Rejects with an `EvenmatchError`. */
  static async open(options: SoloOptions, signal?: AbortSignal): Promise<Solo> {
    const { kafka, topic, clock, timeoutMs } = options;
    const ends = await withAdmin(kafka, { clock, timeoutMs, signal }, (admin) =>
      admin.fetchTopicOffsets(topic),
    );
    const partition = options.partition?.(ends.length);
    const next = new Map(ends.map((one) => [one.partition, one.high]));
    const solo = new Solo(options, partition, next);
    await solo.#open(signal);
    return solo;
  }

  /** Resolves when nothing is handled any more. */
  async close(): Promise<void> {
    const { kafka, clock, timeoutMs } = this.#options;
    await this.#reader?.close();
    await withAdmin(kafka, { clock, timeoutMs: Math.min(timeoutMs, FAREWELL) }, (admin) =>
      // The brokers forget by themselves what is still missed in its group, or what they do not answer for now.
      admin.deleteGroups([...this.#groups]).catch(() => {}),
    ).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    const { kafka, topic, group, clock, timeoutMs, onFailure } = this.#options;
    this.#reader = await Reader.open(
      {
        kafka,
        topics: [topic],
        settings: (count) => {
          // A group that it was in waits until the session of who was cut off is over, which is long.
          const groupId = count === 1 ? group : `${group}-${count}`;
          this.#groups.add(groupId);
          return { ...ALONE, groupId, partitionAssigners: [soloAssigner(this.partition)] };
        },
        clock,
        timeoutMs,
        onJoined: (assignment, consumer) => this.#seek(assignment, consumer),
        onBatch: (call, consumer) => this.#take(call, consumer),
        onFailure,
      },
      signal,
    );
  }

  #seek(assignment: Assignment, consumer: ConsumerLike): void {
    const { topic } = this.#options;
    for (const partition of assignment[topic] ?? []) {
      // A partition that was added meanwhile is new as a whole.
      const offset = this.#next.get(partition) ?? "0";
      consumer.seek({ topic, partition, offset });
    }
  }

  async #take(call: BatchCall, consumer: ConsumerLike): Promise<void> {
    const { batch } = call;
    const { partition, messages } = batch;
    const next = this.#next.get(partition) ?? "0";
    const [first] = messages;
    if (first) {
      await keepAlive(call, { clock: this.#options.clock, everyMs: ALONE.heartbeatInterval }, async () => {
        if (first.offset !== next) await this.#options.onGap?.(partition);
        await this.#options.onRecords(messages, partition);
      });
    }
    const offset = String(BigInt(batch.lastOffset()) + 1n);
    this.#next.set(partition, offset);
    call.resolveOffset(batch.lastOffset());
    // The driver has joined again meanwhile, and was sent to where this batch began.
    if (call.isStale()) consumer.seek({ topic: this.#options.topic, partition, offset });
  }
}
