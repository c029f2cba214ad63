import type { RatingWalk, Waiting } from "../pool/waiting.js";
import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import type { Explanation } from "./explanation.js";

/** How many candidates an explanation names. */
const NAMED = 5;

/**
 * The tickets around one of a pool, each with its gap in rating: the nearest first, of equally near ones the oldest
 * first, and nobody further away than `reach`. Cost: O(log n) to start, O(1) a step; those equally near are sorted
 * before the first of them is there.
 */
export function* outward<P extends Player>(
  ticket: Ticket<P>,
  pool: Waiting<P>,
  reach = Infinity,
): Generator<readonly [ticket: Ticket<P>, gap: number]> {
  const walks = [pool.ascend(ticket), pool.descend(ticket)] as const;
  const { rating } = walks[0];
  const gaps = walks.map((walk) => (walk.next() ? Math.abs(walk.rating - rating) : Infinity));
  for (;;) {
    const least = Math.min(...gaps);
    if (least > reach || least === Infinity) return;
    const nearest: Ticket<P>[] = [];
    walks.forEach((walk, side) => {
      while (gaps[side] === least) {
        nearest.push(walk.ticket);
        gaps[side] = walk.next() ? Math.abs(walk.rating - rating) : Infinity;
      }
    });
    for (const other of nearest.sort(byAge)) yield [other, least];
  }
}

/** The candidates nearest to a ticket, as an explanation names them. */
export function nearestTo<P extends Player>(ticket: Ticket<P>, pool: Waiting<P>): Explanation["nearest"] {
  const nearest: { ticketId: string; ratingGap: number }[] = [];
  for (const [{ id }, ratingGap] of outward(ticket, pool)) {
    if (nearest.push({ ticketId: id, ratingGap }) === NAMED) break;
  }
  return nearest;
}

/** The lowest of those who can have to do with a ticket where nobody meets anyone further away than `gap`. */
export function firstOfChain<P extends Player>(ticket: Ticket<P>, pool: Waiting<P>, gap: number): Ticket<P> {
  const walk = pool.descend(ticket);
  let first = ticket;
  for (let last = walk.rating; walk.next() && last - walk.rating <= gap; last = walk.rating)
    first = walk.ticket;
  return first;
}

/**
 * Those who can have to do with a ticket where nobody meets anyone further away than `gap`: from it up and down to
 * where two neighbours are further apart. In the order of ratings. Cost: O(log n + c) for c of them.
 */
export function chainAround<P extends Player>(ticket: Ticket<P>, pool: Waiting<P>, gap: number): Ticket<P>[] {
  const side = (walk: RatingWalk<P>): Ticket<P>[] => {
    const found: Ticket<P>[] = [];
    for (let last = walk.rating; walk.next() && Math.abs(walk.rating - last) <= gap; last = walk.rating) {
      found.push(walk.ticket);
    }
    return found;
  };
  return [...side(pool.descend(ticket)).reverse(), ticket, ...side(pool.ascend(ticket))];
}
