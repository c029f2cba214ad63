/** So many are inserted one by one; more are sorted. */
const FEW = 64;

/**
 * Sorts the first `length` of a list, of which the first `sorted` are sorted already, and leaves the rest as it is.
 * Cost: O(n) for each of a few to insert among n, and no objects; O(n log n) for many.
 */
export function sortIn(
  list: number[],
  sorted: number,
  length: number,
  compare: (one: number, other: number) => number,
): void {
  if (length - sorted > FEW) {
    for (const [index, value] of list.slice(0, length).sort(compare).entries()) list[index] = value;
    return;
  }
  for (let next = sorted; next < length; next++) {
    const value = list[next]!;
    let index = next;
    for (; index > 0 && compare(value, list[index - 1]!) < 0; index--) list[index] = list[index - 1]!;
    list[index] = value;
  }
}
