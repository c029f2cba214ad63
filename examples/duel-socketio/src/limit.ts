import { RateLimiterMemory, type RateLimiterAbstract } from "rate-limiter-flexible";
import { Refusal } from "./refusal.js";

/** So many of something in so many seconds and key. */
export class Limit {
  /** Without a limiter there is no limit. */
  constructor(
    private readonly what: string,
    private readonly limiter: RateLimiterAbstract | undefined,
  ) {}

  /** Counted by this process alone; `most` 0 is no limit. */
  static ofProcess(what: string, most: number, seconds: number): Limit {
    return new Limit(what, most > 0 ? new RateLimiterMemory({ points: most, duration: seconds }) : undefined);
  }

  /** Counts one; rejects with `RATE_LIMITED` when it is one too many. */
  async take(key: string): Promise<void> {
    try {
      await this.limiter?.consume(key);
    } catch (refused) {
      const { msBeforeNext } = refused as { msBeforeNext: number };
      throw new Refusal(
        "RATE_LIMITED",
        `Too many ${this.what}; try again in ${Math.ceil(msBeforeNext / 1000)} s.`,
        true,
      );
    }
  }
}
