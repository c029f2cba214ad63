import type { Pool } from "../pool/pool.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";

/** Looking around so large a part of a pool is not cheaper than looking at all of it. */
const MOST = 1 / 4;

/**
 * All tickets of a pool that can be in a group with one of `around`: those within `radius` of it. In the order of
 * ratings, ties by age.
 *
 * Cost: O(d log n + w) for d tickets to look around and w within reach of them.
 */
export function regionAround(pool: Pool, around: ReadonlySet<Ticket>, radius: number): Ticket[] {
  const region: Ticket[] = [];
  if (around.size > pool.size * MOST) {
    for (const walk = pool.ascend(); walk.next();) region.push(walk.ticket);
    return region;
  }
  const seen = new Set<Ticket>();
  const add = (ticket: Ticket): void => {
    seen.add(ticket);
    region.push(ticket);
  };
  for (const centre of [...around].sort((one, other) => ratingOf(one) - ratingOf(other))) {
    if (seen.has(centre)) continue;
    let first = centre;
    let last = ratingOf(centre);
    const down = pool.descend(centre);
    while (down.next() && last - down.rating <= radius && !seen.has(down.ticket)) first = down.ticket;
    add(first);
    // Upwards it goes on for as long as another to look around is met on the way.
    const up = pool.ascend(first);
    while (up.next() && up.rating - last <= radius) {
      if (around.has(up.ticket)) last = Math.max(last, up.rating);
      add(up.ticket);
    }
  }
  return region;
}
