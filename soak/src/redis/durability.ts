import type { Millis } from "@evenmatch/core";
import type { RedisSettings } from "@evenmatch/services";
import type { LossWindow } from "@evenmatch/testkit";

/** How a Redis is set up to keep what it acknowledged, and what that promises. */
export interface Durability {
  /** Lines of redis.conf. */
  readonly settings: RedisSettings;
  /** What was acknowledged within so many ms before the server died may be lost, and nothing older. */
  readonly windowMs: Millis;
  /** Only what nobody asked for, but was told, may be lost; what a call was answered is kept. */
  readonly newsOnly?: boolean;
  /** Whether a replica takes over when the server dies; else it comes back itself. */
  readonly hasReplica: boolean;
  /** The store's own option: calls are acknowledged when so many replicas have them. */
  readonly replicas?: { readonly atLeast: number; readonly timeoutMs: Millis };
}

/** A master that has not heard of a replica for so many seconds refuses to write. */
const MAX_LAG_SECONDS = 2;

const log = { appendonly: true } as const;

const replica = {
  settings: { "min-replicas-to-write": 1, "min-replicas-max-lag": MAX_LAG_SECONDS },
  windowMs: (MAX_LAG_SECONDS + 2) * 1_000,
  hasReplica: true,
};

/**
 * The settings that a run may have. What each promises, and why:
 *
 * - `always`: the log is on the disk before the server answers. Nothing is lost.
 * - `everysec`: once a second the log is put on the disk; a sync that takes longer holds the server's writes back, for
 *   2 s at most, and then its answers. So what was acknowledged 2 s ago is on the disk.
 * - `none`: nothing outlives the process.
 * - `replica`: a replica has what the master did a moment later. How much later is bounded by the master alone: it
 *   takes no writes when the replica has not been heard of for more than `min-replicas-max-lag` whole seconds, which
 *   are up to a second more by the clock, and it looks once a second.
 * - `wait`: the same, and the store answers for nothing that the replica does not have. It is that replica that takes
 *   over, so nothing that a call was answered is lost. But owners hear of changes while the calls that made them still
 *   wait, and tell people: what was told within the window may be lost.
 */
export const DURABILITY = {
  always: { settings: { ...log, appendfsync: "always" }, windowMs: 0, hasReplica: false },
  everysec: { settings: { ...log, appendfsync: "everysec" }, windowMs: 2_000, hasReplica: false },
  none: { settings: {}, windowMs: Infinity, hasReplica: false },
  replica,
  wait: { ...replica, newsOnly: true, replicas: { atLeast: 1, timeoutMs: 300 } },
} satisfies Readonly<Record<string, Durability>>;

/** The name of a setting. */
export type DurabilityName = keyof typeof DURABILITY;

/** When a server died: between these instants. */
export interface Death {
  readonly after: Millis;
  readonly before: Millis;
}

/** What may be lost by a death; `told` is when nobody believes any more what was acknowledged before. */
export function lossWindow(
  { windowMs, newsOnly }: Durability,
  death: Death,
  told: Millis,
): LossWindow | undefined {
  if (windowMs === 0) return undefined;
  const window = { from: death.after - windowMs, until: death.before, toldUntil: told };
  return newsOnly ? { ...window, newsOnly } : window;
}
