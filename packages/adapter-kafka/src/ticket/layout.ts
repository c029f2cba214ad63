import type { EvenmatchError, PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { misconfiguredBy } from "../connection/failures.js";
import type { Layout } from "./log-record.js";
import type { Restored } from "./partition-state.js";

/**
 * Says why a partition is refused that was written under another layout than this worker's: pools would lie elsewhere than where they
 * are asked for, so that nobody could leave, and a player could wait twice. `undefined` where all is well.
 *
 * @param isHere whether a pool lies on this partition
 */
export function misfit(
  { state, writtenFor }: Restored,
  layout: Layout,
  isHere: (pool: PoolKey) => boolean,
): EvenmatchError | undefined {
  if (writtenFor && writtenFor.partitions !== layout.partitions)
    return otherPartitions(writtenFor.partitions, layout.partitions);
  if (writtenFor && writtenFor.key !== layout.key) return otherKey(writtenFor.key, layout.key);
  for (const pool of state.pools.values()) if (!pool.isEmpty && !isHere(pool.key)) return elsewhere(pool.key);
  return undefined;
}

/** Where pools lie depends on how many partitions there are. */
function otherPartitions(before: number, now: number): EvenmatchError {
  return misconfiguredBy(
    "the number of partitions of a queue stays what it was when its first ticket joined",
    { before, now },
    "Make a queue of another name with as many partitions as are needed, and let this one run empty.",
  );
}

function otherKey(before: Layout["key"], now: Layout["key"]): EvenmatchError {
  return misconfiguredBy(
    "`key` of a queue stays what it was when its first ticket joined",
    { before, now },
    "Give all stores the `key` of before, or make a queue of another name.",
  );
}

function elsewhere(pool: PoolKey): EvenmatchError {
  return misconfiguredBy(
    "a pool in which somebody waits lies where `regions` say",
    nameOf(pool),
    "Give all stores the `regions` of before until nobody waits.",
  );
}
