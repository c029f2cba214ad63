import type { PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { Partitioners } from "kafkajs";

const byKey = Partitioners.DefaultPartitioner();

/**
 * The partition of a pool's requests and decisions: by the hash of its name, as every client of Kafka spreads keys
 * (murmur2); for the regions that are named, one after the other, so that few of them spread evenly.
 */
export function partitionOf(pool: PoolKey, partitions: number, regions: readonly string[]): number {
  if (pool.partition !== undefined) return pool.partition;
  const place = regions.indexOf(pool.region);
  if (place >= 0) return place % partitions;
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 0,
    isr: [],
    replicas: [],
    partitionErrorCode: 0,
  }));
  return byKey({ topic: "", partitionMetadata, message: { key: nameOf(pool), value: null } });
}
