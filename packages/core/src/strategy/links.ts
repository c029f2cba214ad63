/**
 * The links of places of which some are taken: each place leads to itself while it is free, and nearer to the next
 * free one when it is taken. This follows them to the end, and makes the way half as long for whoever comes next.
 *
 * Cost: O(log n) a call over many, and most are O(1). Path halving is by R. E. Tarjan and J. van Leeuwen, "Worst-case
 * analysis of set union algorithms" (1984).
 */
export function freeFrom(links: Int32Array, place: number): number {
  for (let next = links[place]!; next !== place; next = links[place]!) {
    place = links[place] = links[next]!;
  }
  return place;
}

/** Links of so many places, all of them free. */
export function linksOf(places: number): Int32Array {
  const links = new Int32Array(places);
  for (let place = 0; place < places; place++) links[place] = place;
  return links;
}
