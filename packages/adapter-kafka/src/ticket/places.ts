import type { PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { Partitioners } from "kafkajs";
import type { Layout } from "./log-record.js";
import type { Asked } from "./requests.js";
import { poolOfAsked } from "./routes.js";

/** How pools lie on partitions. All processes of a deployment need the same. */
export interface Spreading extends Pick<Layout, "key"> {
  /** Regions that lie on the partitions one after the other. */
  readonly regions: readonly string[];
}

/** Where something is asked: the pool as it lies there, and the partition. */
export interface Place {
  readonly pool: PoolKey;
  readonly partition: number;
}

const byKey = Partitioners.DefaultPartitioner();
/** Of so many pools it is remembered where they lie. */
const MOST_POOLS = 10_000;

/** Where the pools of queues with so many partitions lie. */
export class Places {
  readonly #spreading: Spreading;
  readonly #partitions: number;
  readonly #metadata: Parameters<typeof byKey>[0]["partitionMetadata"];
  readonly #known = new Map<string, number>();

  constructor(spreading: Spreading, partitions: number) {
    this.#spreading = spreading;
    this.#partitions = partitions;
    this.#metadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      leader: 0,
      isr: [],
      replicas: [],
      partitionErrorCode: 0,
    }));
  }

  /** Where something is asked; `undefined` for what no pool is known of. */
  of(asked: Asked): Place | undefined {
    const pool = poolOfAsked(asked);
    if (!pool) return undefined;
    if (this.#spreading.key === "pool") return this.#place(pool);
    const partition = pool.partition ?? this.#hash(ticketIn(asked));
    return partition < this.#partitions ? { pool: this.home(pool, partition), partition } : undefined;
  }

  /** A pool as it is called on a partition. */
  home({ queue, region, partition }: PoolKey, on: number): PoolKey {
    if (this.#spreading.key === "none") return { queue, region, partition: on };
    return partition === undefined ? { queue, region } : { queue, region, partition };
  }

  /**
   * The partition of a pool: by the hash of its name, as every client of Kafka spreads keys (murmur2); for the regions
   * that are named, one after the other, so that few of them spread evenly.
   */
  partitionOf(pool: PoolKey): number {
    if (pool.partition !== undefined) return pool.partition;
    const place = this.#spreading.regions.indexOf(pool.region);
    return place >= 0 ? place % this.#partitions : this.#hash(nameOf(pool));
  }

  #place(given: PoolKey): Place | undefined {
    const name = nameOf(given);
    let partition = this.#known.get(name);
    if (partition === undefined) {
      partition = this.partitionOf(given);
      if (this.#known.size < MOST_POOLS) this.#known.set(name, partition);
    }
    return partition < this.#partitions ? { pool: this.home(given, partition), partition } : undefined;
  }

  #hash(key: string): number {
    return byKey({ topic: "", partitionMetadata: this.#metadata, message: { key, value: null } });
  }
}

/** The ticket that something is about; where it is about none, any partition knows as much. */
function ticketIn(asked: Asked): string {
  switch (asked.type) {
    case "ask":
      return asked.question.type === "explain" ? asked.question.ticketId : "";
    case "read":
      return asked.query.type === "ticket" ? asked.query.ticketId : "";
    case "request":
      if (asked.request.type === "join") return asked.request.ticket.id;
      return asked.request.type === "answer" ? "" : asked.request.ticketId;
  }
}
