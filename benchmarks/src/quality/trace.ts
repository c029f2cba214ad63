/** How many arrive in a trace. Even, so that everybody can be paired. */
export const ARRIVALS = 10_000;

/** Ratings are multiples of this, in points: fractions, as rating systems make them, whose sums and gaps are exact. */
export const GRAIN = 1 / 64;

/** Players who arrive one after the other, known by their place in the trace. */
export interface Trace {
  readonly population: string;
  readonly seed: number;
  /** When each arrives, in whole milliseconds; never earlier than the one before. */
  readonly at: Float64Array;
  readonly ratings: Float64Array;
}

/** How many arrive in a trace. */
export function sizeOf(trace: Trace): number {
  return trace.at.length;
}
