import type { Pool } from "../pool/pool.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";

/** Looking around so large a part of a pool is not cheaper than looking at all of it. */
const MOST = 1 / 4;

/** Tickets of a pool in the order of ratings, ties by age. */
export interface Region {
  readonly tickets: readonly Ticket[];
  readonly ratings: Float64Array;
  /** Whether nobody came with a party. */
  readonly isSingle: boolean;
}

/** All of them. Cost: O(n). */
export function wholePool(pool: Pool): Region {
  const tickets = new Array<Ticket>(pool.size);
  const ratings = new Float64Array(pool.size);
  const walk = pool.ascend();
  for (let place = 0; walk.next(); place++) {
    tickets[place] = walk.ticket;
    ratings[place] = walk.rating;
  }
  return { tickets, ratings, isSingle: isSingle(pool) };
}

/**
 * All that can be in a group with one of `around`: those within `radius` of it.
 *
 * Cost: O(d log n + w) for d tickets to look around and w within reach of them.
 */
export function regionAround(pool: Pool, around: ReadonlySet<Ticket>, radius: number): Region {
  if (around.size > pool.size * MOST) return wholePool(pool);
  const tickets: Ticket[] = [];
  const ratings: number[] = [];
  const seen = new Set<Ticket>();
  const add = (ticket: Ticket, rating: number): void => {
    seen.add(ticket);
    tickets.push(ticket);
    ratings.push(rating);
  };
  for (const centre of [...around].sort((one, other) => ratingOf(one) - ratingOf(other))) {
    if (seen.has(centre)) continue;
    let first = centre;
    let last = ratingOf(centre);
    let lowest = last;
    const down = pool.descend(centre);
    while (down.next() && last - down.rating <= radius && !seen.has(down.ticket)) {
      first = down.ticket;
      lowest = down.rating;
    }
    add(first, lowest);
    // Upwards it goes on for as long as another to look around is met on the way.
    const up = pool.ascend(first);
    while (up.next() && up.rating - last <= radius) {
      if (around.has(up.ticket)) last = Math.max(last, up.rating);
      add(up.ticket, up.rating);
    }
  }
  return { tickets, ratings: Float64Array.from(ratings), isSingle: isSingle(pool) };
}

function isSingle(pool: Pool): boolean {
  return pool.countOf(1) === pool.size;
}
