/** An estimate is held against what happens when it rests on so many waits. */
export const ENOUGH_OBSERVED = 200;

/** With fewer estimates than this the share says nothing. */
const ENOUGH_PROMISES = 200;

/** The least and the greatest share of waits within their p90, in percent. */
const LEAST = 80;
const MOST = 97;

/** Whether the p90 of estimates held as often as it should: `percent` is null where too few were made. */
export function judgePromises(
  promised: number,
  held: number,
): { readonly promised: number; readonly percent: number | null; readonly ok: boolean } {
  if (promised < ENOUGH_PROMISES) return { promised, percent: null, ok: true };
  const percent = Math.round((1_000 * held) / promised) / 10;
  return { promised, percent, ok: percent >= LEAST && percent <= MOST };
}
