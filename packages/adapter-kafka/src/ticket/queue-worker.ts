import type {
  Clock,
  Decision,
  DecisionOutcome,
  EvenmatchError,
  Lease,
  Millis,
  OwnerEvent,
} from "@evenmatch/core";
import type { Channel, Retention } from "@evenmatch/core/adapter";
import { withAdmin } from "../connection/admin.js";
import { stickyAssigner } from "../connection/assigner.js";
import type { Assignment, ConsumerLike, KafkaLike, PartitionEnds } from "../connection/driver.js";
import { misconfiguredBy } from "../connection/failures.js";
import { farewell, patient } from "../connection/in-time.js";
import { Reader } from "../connection/reader.js";
import { WORKER } from "../connection/settings.js";
import { openLog } from "./log-writer.js";
import type { Names } from "./names.js";
import { PartitionOwner } from "./partition-owner.js";
import { Places, type Spreading } from "./places.js";
import type { Replies } from "./replies.js";
import { Seat } from "./seat.js";

/** What a worker is made with, beside its queue. */
export interface WorkerAround {
  readonly kafka: KafkaLike;
  readonly names: Names;
  readonly replies: Replies;
  readonly retention: Retention;
  readonly spreading: Spreading;
  readonly clock: Clock;
  readonly timeoutMs: Millis;
  readonly nonce: () => string;
  readonly report: (error: EvenmatchError) => void;
}

/** How often the group is told how far its members have come: a hint for who watches, and never needed. */
const HINTS_EVERY = 5_000;
/** A session counts as sure for so much less than the brokers keep it. */
const MARGIN = 1_000;

/**
 * One worker of a queue: a member of its group, which shares out partitions, and the owner of those that it has. The
 * partitions of a number of both topics come together.
 */
export class QueueWorker {
  readonly #queue: string;
  readonly #partitions: number;
  readonly #places: Places;
  readonly #events: Channel<OwnerEvent>;
  readonly #around: WorkerAround;
  readonly #seats = new Map<number, Seat>();
  /** Owners that finish what they have under way, and close what they had open. */
  readonly #leaving = new Map<PartitionOwner, { readonly partition: number; readonly left: Promise<void> }>();
  #consumer: ConsumerLike | undefined;
  #reader: Reader | undefined;
  #beatAt = 0;
  #ends: Promise<PartitionEnds[]> | undefined;
  #nextEnds: Promise<PartitionEnds[]> | undefined;
  #closed: Promise<void> | undefined;
  #cancelHints = (): void => {};

  private constructor(queue: string, partitions: number, events: Channel<OwnerEvent>, around: WorkerAround) {
    this.#queue = queue;
    this.#partitions = partitions;
    this.#places = new Places(around.spreading, partitions);
    this.#events = events;
    this.#around = around;
  }

  /** Resolves when it is a member of its group. */
  static async open(
    queue: string,
    events: Channel<OwnerEvent>,
    around: WorkerAround,
    signal: AbortSignal,
  ): Promise<QueueWorker> {
    const { kafka, names, clock, timeoutMs, report } = around;
    const topics = [names.requests(queue), names.log(queue)] as const;
    const found = await withAdmin(kafka, { clock, timeoutMs, signal }, (admin) =>
      admin.fetchTopicMetadata({ topics: [...topics] }),
    );
    const counts = topics.map(
      (name) => found.topics.find((one) => one.name === name)?.partitions.length ?? 0,
    );
    if (counts[0] !== counts[1])
      throw misconfiguredBy(
        "both topics of a queue have the same number of partitions",
        { [topics[0]]: counts[0], [topics[1]]: counts[1] },
        "Make the queue anew under another name: the number of partitions of a live queue cannot be changed.",
      );
    const worker = new QueueWorker(queue, counts[0] as number, events, around);
    const patience = patient(signal, clock);
    worker.#reader = await Reader.open(
      {
        kafka,
        topics,
        settings: {
          ...WORKER,
          groupId: names.workers(queue),
          partitionAssigners: [stickyAssigner(topics, () => [...worker.#seats.keys()])],
        },
        clock,
        timeoutMs,
        joinMs: WORKER.rebalanceTimeout,
        onJoined: (assignment, consumer) => worker.#joined(assignment, consumer),
        onBatch: async (call) => worker.#seats.get(call.batch.partition)?.take(call),
        onFailure: report,
      },
      patience.signal,
    ).finally(patience.end);
    if (worker.#closed) await worker.#reader.close();
    else worker.#planHint();
    return worker;
  }

  /** Decides with a lease that one of its owners gave out; `undefined` where none did. */
  decide(lease: Lease, decisions: readonly Decision[], now: Millis): Promise<DecisionOutcome[]> | undefined {
    for (const { owner } of this.#seats.values())
      if (owner?.holds(lease)) return owner.decide(lease, decisions, now);
    return undefined;
  }

  /** Finishes what is under way, and hands its partitions over. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** Leaves the queue to workers that fit what is there. Those of other queues are not concerned. */
  #refuse(error: EvenmatchError): void {
    if (this.#closed) return;
    this.#around.report(error);
    void this.close();
  }

  async #close(): Promise<void> {
    this.#cancelHints();
    for (const partition of [...this.#seats.keys()]) this.#leave(partition, false);
    const owners = [...this.#leaving.keys()];
    await Promise.all(Array.from(this.#leaving.values(), ({ left }) => left));
    const { clock } = this.#around;
    await farewell(clock, () => this.#hint());
    this.#seats.clear();
    // Others may go on with the partitions meanwhile.
    const closed = farewell(clock, () => Promise.all(owners.map((owner) => owner.closed())));
    await this.#reader?.close();
    await closed;
  }

  #joined(assignment: Assignment, consumer: ConsumerLike): void {
    // Others may leave at the same time: nobody would give up what came now.
    if (this.#closed) return;
    const { names, clock } = this.#around;
    if (consumer !== this.#consumer) {
      this.#consumer = consumer;
      consumer.on("consumer.heartbeat", () => (this.#beatAt = clock.stopwatch()));
    }
    this.#beatAt = clock.stopwatch();
    const mine = new Set(assignment[names.requests(this.#queue)]);
    for (const partition of [...this.#seats.keys()]) if (!mine.has(partition)) this.#leave(partition, true);
    for (const partition of mine) {
      const known = this.#seats.get(partition);
      // Somebody may have had it since.
      known?.owner?.doubt();
      (known ?? this.#sit(partition)).settle(consumer);
    }
  }

  #sit(partition: number): Seat {
    const { kafka, names, replies, retention, spreading, clock, nonce, report } = this.#around;
    const queue = this.#queue;
    for (const [former, left] of this.#leaving) if (left.partition === partition) former.forsake();
    const [requests, log] = [names.requests(queue), names.log(queue)];
    const transactionalId = names.transactions(queue, partition);
    const seat = new Seat({
      partition,
      requests,
      log,
      replies,
      consumer: () => (this.#reader?.isClosed ? undefined : this.#consumer),
      open: () => openLog(kafka, { topic: log, partition, transactionalId }),
      ends: () => this.#endsOf(partition),
      clock,
      isSure: () => clock.stopwatch() - this.#beatAt < WORKER.sessionTimeout - MARGIN,
      report,
    });
    this.#seats.set(partition, seat);
    seat.owner = new PartitionOwner({
      access: seat,
      events: this.#events,
      retention,
      layout: { partitions: this.#partitions, key: spreading.key },
      isHere: (pool) => this.#places.partitionOf(pool) === partition,
      poolOf: (asked) => {
        const place = this.#places.of(asked);
        return place?.partition === partition && place.pool.queue === queue ? place.pool : undefined;
      },
      home: (pool) => this.#places.home(pool, partition),
      clock,
      nonce,
      report,
      refuse: (error) => this.#refuse(error),
    });
    return seat;
  }

  #leave(partition: number, isGone: boolean): void {
    const seat = this.#seats.get(partition) as Seat;
    const { owner } = seat;
    seat.detach();
    if (isGone) this.#seats.delete(partition);
    if (!owner) return;
    const left = owner.stop();
    this.#leaving.set(owner, { partition, left });
    void left.then(() => owner.closed()).finally(() => this.#leaving.delete(owner));
  }

  /** Several partitions are taken over at once, and one question tells of all. */
  async #endsOf(partition: number): Promise<{ low: number; high: number }> {
    const ends = await (this.#nextEnds ??= this.#askEnds());
    const found = ends.find((one) => one.partition === partition);
    // Taken for an empty topic, everything that is in it would be taken up again.
    if (!found) throw new Error(`nobody says where the requests of partition ${partition} end`);
    return { low: Number(found.low), high: Number(found.high) };
  }

  async #askEnds(): Promise<PartitionEnds[]> {
    const { kafka, names, clock, timeoutMs } = this.#around;
    // A question under way may be answered as it was before the last one took his partition over.
    await this.#ends?.catch(() => {});
    this.#nextEnds = undefined;
    return (this.#ends = withAdmin(kafka, { clock, timeoutMs }, (admin) =>
      admin.fetchTopicOffsets(names.requests(this.#queue)),
    ));
  }

  #planHint(): void {
    const { clock } = this.#around;
    this.#cancelHints = clock.at(clock.now() + HINTS_EVERY, () => {
      void this.#hint();
      this.#planHint();
    });
  }

  async #hint(): Promise<void> {
    const { names } = this.#around;
    const [requests, log] = [names.requests(this.#queue), names.log(this.#queue)];
    const offsets = Array.from(this.#seats).flatMap(([partition, { owner }]) => {
      const hint = owner?.hint;
      if (!hint) return [];
      return [
        { topic: requests, partition, offset: String(hint.requests) },
        { topic: log, partition, offset: String(hint.log) },
      ];
    });
    if (offsets.length > 0) await this.#consumer?.commitOffsets(offsets).catch(() => {});
  }
}
