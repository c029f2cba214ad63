import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";

/** A whole number up to this is exact in a double. */
const EXACT = 2 ** 53;

/** Tickets in an order, and beside each the number that it is ordered by. */
export interface Sorted<P extends Player> {
  readonly tickets: readonly Ticket<P>[];
  readonly keys: readonly number[];
}

/**
 * Tickets in the order of a number, ties by age. To compare two tickets is slow until it is compiled, and to fetch
 * them from all over the memory is slow ever after; so numbers are sorted that say where a key lies and whose it is.
 *
 * 1. Where tickets are in order already, as they are by age when they come one by one, that is all.
 * 2. The range of the keys is cut into as many equal parts as leave room for a place in the 53 bits of a double. The
 *    part and the place of each ticket are one whole number, and a typed array of these is sorted, natively.
 * 3. Tickets of one part, nearly always those of one key, are sorted by key and age.
 *
 * Cost: O(n log n), and O(n) where they are in order.
 */
export function sorted<P extends Player>(
  tickets: readonly Ticket<P>[],
  keyOf: (ticket: Ticket<P>) => number,
): Sorted<P> {
  const count = tickets.length;
  const keys: number[] = [];
  const precedes = (one: number, other: number): number =>
    (keys[one] as number) - (keys[other] as number) ||
    byAge(tickets[one] as Ticket<P>, tickets[other] as Ticket<P>);
  let [least, most, isSorted] = [Infinity, -Infinity, true];
  for (const ticket of tickets) {
    const key = keyOf(ticket);
    const place = keys.push(key) - 1;
    least = Math.min(least, key);
    most = Math.max(most, key);
    isSorted &&= place === 0 || precedes(place - 1, place) <= 0;
  }
  if (isSorted) return { tickets, keys };
  const order = new Float64Array(count);
  const scale = Math.floor(EXACT / count - 1) / (most - least);
  for (let place = 0; place < count; place++) {
    // Where the range is of nothing or beyond all numbers it cannot be cut, and all are of one part.
    const part = scale > 0 && scale < Infinity ? Math.floor(((keys[place] as number) - least) * scale) : 0;
    order[place] = part * count + place;
  }
  order.sort();
  const sortedKeys: number[] = [];
  const sortedTickets: Ticket<P>[] = [];
  for (let start = 0; start < count;) {
    const first = Math.floor((order[start] as number) / count) * count;
    let end = start + 1;
    let isInOrder = true;
    for (; end < count && (order[end] as number) < first + count; end++) {
      isInOrder &&= precedes((order[end - 1] as number) - first, (order[end] as number) - first) <= 0;
    }
    if (!isInOrder) order.subarray(start, end).sort((one, other) => precedes(one - first, other - first));
    for (; start < end; start++) {
      const place = (order[start] as number) - first;
      sortedKeys.push(keys[place] as number);
      sortedTickets.push(tickets[place] as Ticket<P>);
    }
  }
  return { tickets: sortedTickets, keys: sortedKeys };
}
