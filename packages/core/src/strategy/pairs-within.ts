import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byRating, ratingOf, type Ticket } from "../ticket/ticket.js";
import { outward } from "./outward.js";

/** From when on, later than `now`, limits let a ticket meet somebody whom they keep from it; `Infinity` if never. */
export function opensNext<P extends Player>(
  ticket: Ticket<P>,
  pool: Pool<P>,
  limits: Limits,
  reach: number,
  now: Millis,
): Millis {
  let next = Infinity;
  for (const [other] of outward(ticket, pool, reach)) {
    const at = limits.between(ticket, other);
    if (at > now && at < next) next = at;
  }
  return next;
}

/**
 * The best pairs within a gap where limits keep tickets apart. Of two tickets that may meet, one at least is due:
 * otherwise they would have met in the pass before.
 */
export function pairsWithin<P extends Player>(
  due: ReadonlySet<Ticket<P>>,
  pool: Pool<P>,
  limits: Limits,
  reach: number,
  now: Millis,
): [Ticket<P>, Ticket<P>][] {
  const mayMeet = (one: Ticket<P>, other: Ticket<P>): boolean => limits.between(one, other) <= now;
  // One alone takes the nearest, and nobody beyond has to be asked.
  if (due.size === 1) {
    for (const ticket of due) {
      for (const [other] of outward(ticket, pool, reach)) {
        if (mayMeet(ticket, other)) return [byRating(ticket, other) < 0 ? [ticket, other] : [other, ticket]];
      }
    }
    return [];
  }
  let tickets: Iterable<Ticket<P>> = pool;
  if (due.size * 4 < pool.size) {
    const found = new Set(due);
    for (const ticket of due) {
      for (const [other] of outward(ticket, pool, reach)) {
        if (!found.has(other) && mayMeet(ticket, other)) found.add(other);
      }
    }
    tickets = found;
  }
  const costOf = (one: Ticket<P>, other: Ticket<P>): number => {
    const gap = Math.abs(ratingOf(one) - ratingOf(other));
    return gap <= reach && (due.has(one) || due.has(other)) && mayMeet(one, other) ? gap : Infinity;
  };
  return limits.pairUp(tickets, costOf, reach);
}
