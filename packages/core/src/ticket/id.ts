import type { PoolKey } from "./ticket.js";

/**
 * Ticket and match ids carry their pool, so that any process routes a call without looking anything up:
 * `queue.region.uuid`, or `queue.region.partition.uuid`. Names hold no dot, so the text is unambiguous.
 */
export function idOf(pool: PoolKey, uuid: string): string {
  return `${nameOf(pool)}.${uuid}`;
}

/** A pool as text: `queue.region`, or `queue.region.partition`. */
export function nameOf(pool: PoolKey): string {
  return `${pool.queue}.${placeOf(pool)}`;
}

/** A pool within its queue, as text: `region`, or `region.partition`. */
export function placeOf({ region, partition }: PoolKey): string {
  return partition === undefined ? region : `${region}.${partition}`;
}

/** The pool that an id carries, or `undefined` for a text that the library never made. */
export function poolOf(id: string): PoolKey | undefined {
  if (typeof id !== "string") return undefined;
  const parts = id.split(".");
  const [queue, region, third] = parts;
  if (!queue || !region || parts.length < 3 || parts.length > 4) return undefined;
  if (parts.length === 3) return { queue, region };
  return third && /^\d{1,9}$/.test(third) ? { queue, region, partition: Number(third) } : undefined;
}

/** Names of queues and regions: letters, digits, `_` and `-`, 1 to 64 of them. */
export const NAME = /^[A-Za-z0-9_-]{1,64}$/;
