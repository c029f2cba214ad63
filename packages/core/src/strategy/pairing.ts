import { byAge, ratingOf, type Ticket } from "../ticket/ticket.js";
import type { Player } from "../ticket/player.js";

/** What it costs to pair two tickets, in rating points; `Infinity` where they may not meet. Symmetric. */
export type PairCost<P extends Player> = (one: Ticket<P>, other: Ticket<P>) => number;

/**
 * Pairs tickets that not everybody may be paired with: the most pairs, and of all ways to make so many one with the
 * smallest total cost. No ticket is in two pairs, and each pair is in the order of ratings. The outcome does not
 * depend on the order of `tickets`.
 */
export type PairUp = <P extends Player>(
  tickets: Iterable<Ticket<P>>,
  costOf: PairCost<P>,
) => [Ticket<P>, Ticket<P>][];

/** Closest pairs first: maximal, since whoever is left may meet nobody who is left. */
export const pairUp: PairUp = (tickets, costOf) => {
  const sorted = [...tickets].sort((one, other) => ratingOf(one) - ratingOf(other) || byAge(one, other));
  const edges = sorted.flatMap((one, place) =>
    sorted
      .slice(place + 1)
      .map((other) => ({ pair: [one, other] as [typeof one, typeof other], cost: costOf(one, other) })),
  );
  const free = new Set(sorted);
  return edges
    .filter(({ cost }) => cost < Infinity)
    .sort((one, other) => one.cost - other.cost)
    .flatMap(({ pair }) =>
      pair.every((ticket) => free.has(ticket)) ? (pair.forEach((ticket) => free.delete(ticket)), [pair]) : [],
    );
};
