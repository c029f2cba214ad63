import type { Millis } from "../clock.js";
import type { Relaxation } from "./relaxation.js";

/**
 * Whose wait widens the gap between two:
 *
 * | value | the gap between two tickets is as wide as after |
 * |---|---|
 * | `"both"` | the shorter of their waits: each side's own gap must allow it |
 * | `"longest"` | the longer of their waits |
 * | `"sum"` | both waits added up |
 */
export type CountedWait = "both" | "longest" | "sum";

/** How far apart in rating two may be who wait together, by the waits of both. */
export class WaitingGap {
  constructor(
    readonly relaxation: Relaxation,
    readonly counted: CountedWait,
  ) {}

  /** The widest gap allowed at `now` between tickets that joined at these instants. */
  at(now: Millis, one: Millis, other: Millis): number {
    return this.relaxation.at(this.#waitOf(now, one, other));
  }

  /** The first instant at which tickets that joined then may meet across a gap; `-Infinity` where they always may. */
  opensAt(gap: number, one: Millis, other: Millis): Millis {
    const needed = this.relaxation.reaches(gap);
    if (needed === 0) return Number.NEGATIVE_INFINITY;
    const first = Math.min(one, other);
    const last = Math.max(one, other);
    if (this.counted === "both") return last + needed;
    const alone = first + needed;
    // Before the second has joined, the first waits alone; then each millisecond counts twice.
    if (this.counted === "longest" || alone <= last) return alone;
    return last + Math.ceil((needed - (last - first)) / 2);
  }

  /** The wait that counts between two who have waited for so long each. */
  countedOf(waitMs: Millis): Millis {
    return this.counted === "sum" ? 2 * waitMs : waitMs;
  }

  #waitOf(now: Millis, one: Millis, other: Millis): Millis {
    if (this.counted === "both") return now - Math.max(one, other);
    if (this.counted === "longest") return now - Math.min(one, other);
    return Math.max(0, now - one) + Math.max(0, now - other);
  }
}
