/**
 * The quality of a match by what it is uneven in: 1 where nothing is, 0 where it is as wide as allowed or wider.
 * `widest` may be 0 or without a bound.
 */
export function evenness(difference: number, widest: number): number {
  return difference === 0 ? 1 : Math.max(0, 1 - difference / widest);
}
