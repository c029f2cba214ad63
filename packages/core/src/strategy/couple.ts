import type { Player } from "../ticket/player.js";
import { byAge, byRating, type Ticket } from "../ticket/ticket.js";
import { evenness } from "./evenness.js";
import type { Proposal } from "./strategy.js";

/** Two who could meet. */
export interface Couple<P extends Player = Player> {
  readonly one: Ticket<P>;
  readonly other: Ticket<P>;
  /** Between their ratings. */
  readonly gap: number;
}

/**
 * The order in which couples come first: the smaller gap; on a tie the one whose elder is older, then the one whose
 * younger is. No two couples tie, so whoever prefers closer couples never has to choose.
 */
export function byCloseness(first: Couple, second: Couple): number {
  return (
    first.gap - second.gap ||
    byAge(elderOf(first), elderOf(second)) ||
    byAge(youngerOf(first), youngerOf(second))
  );
}

/** One against one, in the order of ratings; even in so far as they are close. */
export function duel<P extends Player>({ one, other, gap }: Couple<P>, widest: number): Proposal<P> {
  const [low, high] = byRating(one, other) < 0 ? [one, other] : [other, one];
  return { teams: [[low], [high]], quality: evenness(gap, widest) };
}

function elderOf({ one, other }: Couple): Ticket {
  return byAge(one, other) < 0 ? one : other;
}

function youngerOf({ one, other }: Couple): Ticket {
  return byAge(one, other) < 0 ? other : one;
}
