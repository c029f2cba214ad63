import { mean, percentile } from "../figures.js";
import type { Trace } from "./trace.js";

/** What a second of waiting costs, in rating points. */
export const POINTS_PER_SECOND = 10;

/** In place of a mate: matched with nobody. */
export const WAITING = -1;

/** Who was matched with whom, and when. */
export interface Outcome {
  /** The other one of each match. */
  readonly mates: Int32Array;
  readonly matchedAt: Float64Array;
  /** How many were never matched, and were paired when the trace ended. */
  readonly leftOver: number;
}

/** What an outcome comes to. */
export interface Figures {
  /** Of all matches together: rating gap + price × the waits of both, in points. */
  readonly cost: number;
  readonly meanGap: number;
  /** Waits in seconds. */
  readonly meanWait: number;
  readonly p95Wait: number;
  readonly longestWait: number;
  readonly leftOver: number;
}

/** The figures of an outcome in which everybody is matched. */
export function figuresOf({ mates, matchedAt, leftOver }: Outcome, { at, ratings }: Trace): Figures {
  const size = at.length;
  const waits = new Float64Array(size);
  const gaps: number[] = [];
  let waited = 0;
  for (let who = 0; who < size; who++) {
    const mate = mates[who]!;
    if (mate === WAITING) throw new Error(`${who} was matched with nobody`);
    waited += waits[who] = (matchedAt[who]! - at[who]!) / 1_000;
    if (mate > who) gaps.push(Math.abs(ratings[who]! - ratings[mate]!));
  }
  return {
    cost: gaps.reduce((sum, gap) => sum + gap, 0) + POINTS_PER_SECOND * waited,
    meanGap: mean(gaps),
    meanWait: waited / size,
    p95Wait: percentile(waits, 0.95),
    longestWait: waits.reduce((longest, wait) => Math.max(longest, wait), 0),
    leftOver,
  };
}
