import { type BusHandler, type EvenmatchError, type Millis } from "@evenmatch/core";
import { missedEvents, onAbort, pause } from "@evenmatch/core/adapter";
import { withAdmin } from "../connection/admin.js";
import { stickyAssigner } from "../connection/assigner.js";
import type { AdminLike, Assignment, BatchCall, ConsumerLike, KafkaLike } from "../connection/driver.js";
import { inTime, patient } from "../connection/in-time.js";
import { keepAlive } from "../connection/keep-alive.js";
import { Reader } from "../connection/reader.js";
import { MEMBER } from "../connection/settings.js";
import { Handling, type Around } from "./handling.js";
import { KEPT } from "./listener.js";
import { entryOf } from "./record.js";

/** What a member reads, and as whom. */
export interface MemberOptions {
  readonly kafka: KafkaLike;
  readonly topic: string;
  /** As subscribers call it. */
  readonly group: string;
  /** As the brokers call it. */
  readonly groupId: string;
  readonly timeoutMs: Millis;
  /** Aborts when the bus closes: who still joins gives up. */
  readonly closing: AbortSignal;
}

/** Whether every partition has a place that the group goes on from. */
interface Places {
  readonly areAll: boolean;
}

/** What the brokers say of a partition in which a group has no place. */
const NONE = "-1";
/** Whoever has this partition gives a new group its places. */
const FIRST = 0;
/** Before it looks again whether somebody else has given the group its places, in ms. */
const LOOK_AGAIN: Millis = 50;

/** The places of a group, by partition. */
async function placesOf(admin: AdminLike, { topic, groupId }: MemberOptions): Promise<Map<number, string>> {
  const [fetched] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return new Map(fetched?.partitions.map(({ partition, offset }) => [partition, offset]));
}

/**
 * One who shares events with the other members of a group: each has some of the partitions. What was handled is committed
 * before anything else is; where a group is new, its place in each partition is the end at the time, committed before
 * anybody reads, so that it outlives who joined first.
 *
 * One member commits all of these places, together. Were each to commit its own, nobody who comes meanwhile could tell a
 * partition whose reader is not that far from one that was added later: from the first, what is older than the group is
 * not for it, and from the other everything is.
 */
export class Member {
  readonly #options: MemberOptions;
  readonly #around: Around;
  readonly #handling: Handling;
  readonly #closing = new AbortController();
  /** The partitions that it reads, each with the offset of what comes next, where that is known. */
  #next = new Map<number, bigint | undefined>();
  #placing: Promise<Places> | undefined;
  /** How often it has become a member: what was begun before is over. */
  #generation = 0;
  /** The group is not new: a partition in which it has no place is, and is read from its beginning. */
  #isOld = false;
  /** Its group is being shared out anew: what it was given before is not its own for long. */
  #isMoving = false;
  #reader: Reader | undefined;

  private constructor(handler: BusHandler, options: MemberOptions, around: Around) {
    this.#options = options;
    this.#around = around;
    this.#handling = new Handling(handler, options.group, around);
  }

  /** Resolves when the group has its place in every partition: whatever is published from then on, some member gets. */
  static async open(handler: BusHandler, options: MemberOptions, around: Around): Promise<Member> {
    const member = new Member(handler, options, around);
    const { kafka, topic, groupId, timeoutMs, closing } = options;
    const { clock, reports } = around;
    const patience = patient(closing, clock);
    try {
      const places = await withAdmin(kafka, { clock, timeoutMs }, (admin) =>
        placesOf(admin, member.#options),
      );
      member.#isOld = [...places.values()].some((offset) => offset !== NONE);
      member.#reader = await Reader.open(
        {
          kafka,
          topics: [topic],
          settings: {
            ...MEMBER,
            groupId,
            partitionAssigners: [stickyAssigner([topic], () => [...member.#next.keys()])],
          },
          clock,
          timeoutMs,
          joinMs: MEMBER.rebalanceTimeout,
          onJoined: (assignment, consumer) => member.#joined(assignment, consumer),
          onBatch: (call, consumer) => member.#take(call, consumer),
          onFailure: (error) => reports.failed(member.#reading, error),
        },
        patience.signal,
      );
      await inTime({ clock, timeoutMs }, () => member.#untilPlaced());
      member.#isOld = true;
    } catch (error) {
      await member.close();
      throw error;
    } finally {
      patience.end();
    }
    return member;
  }

  /** What is told of it once, until it works again. */
  get #reading(): string {
    return `reading as ${this.#options.groupId}`;
  }

  /** Resolves when the running handler has ended, and what it handled is committed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reader?.close();
  }

  #joined(assignment: Assignment, consumer: ConsumerLike): void {
    const partitions = assignment[this.#options.topic] ?? [];
    this.#isMoving = false;
    this.#generation++;
    // Others may have read on in the meantime.
    this.#next = new Map(partitions.map((partition) => [partition, undefined]));
    this.#placing = this.#place(partitions, consumer);
    this.#placing.catch(() => {});
  }

  /** Sees where the group is, and gives it a place where it has none, if that is for this member to do. */
  async #place(partitions: readonly number[], consumer: ConsumerLike): Promise<Places> {
    const { kafka, topic, timeoutMs } = this.#options;
    const { clock } = this.#around;
    const { signal } = this.#closing;
    const generation = this.#generation;
    return withAdmin(kafka, { clock, timeoutMs, signal }, async (admin) => {
      const places = await placesOf(admin, this.#options);
      const isNew = !this.#isOld && [...places.values()].every((offset) => offset === NONE);
      const founded = partitions.includes(FIRST) ? [...places.keys()] : [];
      const mine = isNew ? founded : partitions;
      const news = mine.filter((partition) => (places.get(partition) ?? NONE) === NONE);
      if (news.length > 0) {
        const ends = await admin.fetchTopicOffsets(topic);
        const begin = ends
          .filter(({ partition }) => news.includes(partition))
          .map(({ partition, low, high }) => ({ topic, partition, offset: isNew ? high : low }));
        // Brokers take what a member commits, whoever has the partition by now.
        if (generation !== this.#generation) return { areAll: false };
        // What was fetched meanwhile began wherever the driver thought.
        for (const one of begin) if (this.#next.has(one.partition)) consumer.seek(one);
        await consumer.commitOffsets(begin);
        for (const { partition, offset } of begin) places.set(partition, offset);
      }
      for (const [partition, offset] of places) {
        if (generation !== this.#generation) break;
        const isOwn = this.#next.has(partition) && this.#next.get(partition) === undefined;
        // Below 0 it is what the driver writes where the place of the group was deleted.
        if (isOwn && offset !== NONE) this.#next.set(partition, BigInt(offset));
      }
      return { areAll: [...places.values()].every((offset) => offset !== NONE) };
    });
  }

  async #untilPlaced(): Promise<void> {
    for (;;) {
      const places = await this.#placing;
      if (places?.areAll) return;
      // Somebody else is about to give the group its places.
      await pause(this.#around.clock, LOOK_AGAIN, this.#closing.signal);
      this.#placing = this.#place([...this.#next.keys()], this.#reader!.consumer!);
    }
  }

  async #take(call: BatchCall, consumer: ConsumerLike): Promise<void> {
    const stop = new AbortController();
    const forget = onAbort(this.#closing.signal, () => stop.abort());
    // The driver notices, too, by the heartbeat that it sends behind this, and joins again.
    const onLost = (): void => {
      this.#isMoving = true;
      stop.abort();
    };
    const { clock, reports } = this.#around;
    try {
      // The driver asks again, too, and may hear that nothing has changed: then it does not join, and nobody says so.
      if (this.#isMoving) await call.heartbeat();
      this.#isMoving = false;
      await keepAlive(call, { clock, everyMs: MEMBER.heartbeatInterval, onLost }, async () => {
        const { topic, partition, messages } = call.batch;
        const next = await this.#knowPlace(partition, consumer);
        if (this.#isMoving || call.isStale() || next === undefined) return;
        // It was fetched before the group had its place.
        const [first] = messages;
        if (first && BigInt(first.offset) < next)
          return consumer.seek({ topic, partition, offset: String(next) });
        reports.works(this.#reading);
        await this.#handle(call, stop.signal);
      });
    } finally {
      forget();
    }
  }

  /** Where the group is in a partition, once that is known; `undefined` where it is not this member's any more. */
  async #knowPlace(partition: number, consumer: ConsumerLike): Promise<bigint | undefined> {
    const { signal } = this.#closing;
    for (;;) {
      const placing = (this.#placing ??= this.#place([...this.#next.keys()], consumer));
      const forget = (): void => {
        if (this.#placing === placing) this.#placing = undefined;
      };
      await placing.catch((error: unknown) => {
        forget();
        throw error;
      });
      const next = this.#next.get(partition);
      if (next !== undefined || this.#isMoving || !this.#next.has(partition)) return next;
      // Somebody else is about to give the group its places.
      await pause(this.#around.clock, LOOK_AGAIN, signal).catch(() => {});
      if (signal.aborted) return undefined;
      forget();
    }
  }

  async #handle(call: BatchCall, signal: AbortSignal): Promise<void> {
    const { topic } = this.#options;
    const { partition, messages } = call.batch;
    const next = this.#next.get(partition);
    const [first] = messages;
    if (next !== undefined && first && BigInt(first.offset) !== next) await this.#missed();
    const entries = messages.map((record) => entryOf(record, partition));
    await this.#handling.handle(entries, signal, async ({ record }) => {
      // It may have become another's, who has begun with it anew.
      if (!this.#next.has(partition)) return;
      // Behind the last record there may be the marker of a transaction, which nobody is given.
      const isLast = record.offset === messages.at(-1)!.offset;
      const offset = BigInt(isLast ? call.batch.lastOffset() : record.offset) + 1n;
      this.#next.set(partition, offset);
      call.resolveOffset(record.offset);
      await call.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }],
      });
    });
  }

  async #missed(): Promise<void> {
    const { reports } = this.#around;
    const error: EvenmatchError = missedEvents(`group ${this.#options.group}`, KEPT);
    reports.tell(error);
    await this.#handling.tell(reports.asEvent(error));
  }
}
