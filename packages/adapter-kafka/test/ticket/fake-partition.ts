import type { Clock, EvenmatchError, OwnerEvent } from "@evenmatch/core";
import { Channel } from "@evenmatch/core/adapter";
import { OWNED, type LogEntry } from "../../src/ticket/log-record.js";
import { PartitionOwner, type LogWriter, type PartitionAccess } from "../../src/ticket/partition-owner.js";
import { LogReader } from "../../src/ticket/partition-state.js";
import { poolOfAsked } from "../../src/ticket/routes.js";
import type { Asked, Numbered, Reply, RequestRecord } from "../../src/ticket/requests.js";

/** How a transaction ends: well, without effect, or with an effect that nobody hears of. */
export type Fate = "commits" | "fails" | "commits unheard" | "hangs" | "commits and hangs";

/** The two topics of one partition, and the fence between its owners, as Kafka keeps them. */
export class FakePartition {
  readonly log: LogEntry[] = [];
  readonly requests: (RequestRecord | undefined)[] = [];
  readonly replies: Numbered<Reply>[] = [];
  readonly problems: EvenmatchError[] = [];
  /** Of the next transactions, in their order; all others commit. */
  readonly fates: Fate[] = [];
  /** How many transactions were committed. */
  commits = 0;
  isSure = true;
  /** What closing a writer waits for. */
  closing: Promise<void> = Promise.resolve();
  #epoch = 0;
  #changed = (): void => {};
  readonly #readers = new Set<() => void>();

  constructor(readonly clock: Clock) {}

  /** Another worker that takes the partition. */
  worker(partitions = 1): { owner: PartitionOwner; events: Channel<OwnerEvent> } {
    const events = new Channel<OwnerEvent>();
    let next: number | undefined;
    const pump = (): void => {
      while (next !== undefined && next < this.requests.length) {
        const offset = next++;
        owner.take([{ offset, record: this.requests[offset] }]);
      }
    };
    this.#readers.add(pump);
    const access: PartitionAccess = {
      open: () => this.#open(),
      readLog: async (nonce, signal) => {
        const isMark = ({ key, value }: LogEntry): boolean => key === OWNED && !!value?.includes(nonce);
        while (!this.log.some(isMark)) {
          signal.throwIfAborted();
          await new Promise<void>((resolve) => (this.#changed = resolve));
        }
        const reader = new LogReader(() => {});
        for (const entry of this.log) {
          if (isMark(entry)) break;
          if (entry.key !== OWNED) reader.add(entry.key, entry.value);
        }
        return reader;
      },
      ends: () => Promise.resolve({ low: 0, high: this.requests.length }),
      resume: (from) => {
        next = from;
        queueMicrotask(pump);
        return from;
      },
      pause: () => (next = undefined),
      reply: (_, items) => void this.replies.push(...items),
      worked: () => {},
      isSure: () => this.isSure,
    };
    let nonces = 0;
    const owner: PartitionOwner = new PartitionOwner({
      access,
      events,
      retention: { retainMs: 60_000, dedupeMs: 600_000 },
      layout: { partitions, key: "pool" },
      isHere: () => true,
      poolOf: (asked) => {
        const pool = poolOfAsked(asked);
        return pool?.queue === "duel" ? pool : undefined;
      },
      home: ({ queue, region }) => ({ queue, region }),
      clock: this.clock,
      nonce: () => `${this.#readers.size} ${nonces++}`,
      report: (error) => this.problems.push(error),
      refuse: (error) => this.problems.push(error),
    });
    return { owner, events };
  }

  /** Appends what somebody asks. */
  ask(...asked: Numbered<Asked>[]): void {
    this.append({ from: { id: "asker", partition: 0 }, items: asked });
  }

  append(record: RequestRecord | undefined): void {
    this.requests.push(record);
    for (const read of this.#readers) read();
  }

  async #open(): Promise<LogWriter> {
    await Promise.resolve();
    const epoch = ++this.#epoch;
    return {
      append: async (entries) => {
        await Promise.resolve();
        if (epoch !== this.#epoch) throw new Error("fenced");
        const fate = this.fates.shift() ?? "commits";
        if (fate === "fails") throw new Error("no connection");
        if (fate === "hangs") return new Promise(() => {});
        const offset = this.log.length;
        this.log.push(...entries);
        this.commits++;
        this.#changed();
        if (fate === "commits unheard") throw new Error("no connection");
        if (fate === "commits and hangs") return new Promise(() => {});
        return offset;
      },
      close: () => this.closing,
    };
  }
}
