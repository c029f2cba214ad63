import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { available } from "./redis/available.js";
import { Refusal } from "./refusal.js";

/** Counts one for a key; rejects with `RATE_LIMITED` when it is one too many. */
export type Limit = (key: string) => Promise<void>;

export interface Limited {
  readonly what: string;
  /** So many; 0 is no limit. */
  readonly most: number;
  readonly seconds: number;
}

/** Counted on Redis, by all servers together. */
export function sharedLimit(redis: Redis, prefix: string, limited: Limited): Limit {
  const { what, most: points, seconds: duration } = limited;
  const keyPrefix = `{${prefix}}:limit:${what}`;
  return limitBy(limited, new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration }));
}

/** Counted by this server alone. */
export function ownLimit(limited: Limited): Limit {
  return limitBy(limited, new RateLimiterMemory({ points: limited.most, duration: limited.seconds }));
}

function limitBy({ what, most }: Limited, limiter: Pick<RateLimiterMemory, "consume">): Limit {
  return async (key) => {
    if (most === 0) return;
    const refused = await limiter.consume(key).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    if (refused === undefined) return;
    if (!(refused instanceof RateLimiterRes)) return available(Promise.reject(refused as Error));
    const seconds = Math.ceil(refused.msBeforeNext / 1000);
    throw new Refusal("RATE_LIMITED", `Too many ${what}; try again in ${seconds} s.`, true);
  };
}
