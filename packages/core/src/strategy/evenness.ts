/**
 * The quality of a match by what it is uneven in: 1 where nothing is, 0 where it is as wide as allowed or wider.
 * `widest` may be 0 or without a bound.
 */
export function evenness(difference: number, widest: number): number {
  if (difference === 0) return 1;
  const quality = 1 - difference / widest;
  // Ratings may be so large that the difference is beyond all numbers, and then nobody can say how much.
  return quality > 0 ? quality : 0;
}
