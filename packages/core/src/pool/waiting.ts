import type { Millis } from "../clock.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";

/** One arrival: when somebody joined, with which rating, and how many. */
export interface Arrival {
  readonly at: Millis;
  readonly rating: number;
  readonly partySize: number;
}

/**
 * A walk along the order of ratings: `next()` moves to the next ticket and says whether there is one. It makes no
 * objects on the way, because passes over a hundred thousand tickets live in it. Changing the pool ends a walk.
 */
export interface RatingWalk<P extends Player = Player> {
  /** Moves to the next ticket; false when there is none. */
  next(): boolean;
  /** The ticket that the walk stands on, after a `next()` that returned true. */
  readonly ticket: Ticket<P>;
  /** Its rating: the mean of its players' ratings. Before the first `next()`, that of the ticket the walk starts from. */
  readonly rating: number;
}

/**
 * The tickets that wait together, as a pool shows them to whoever need not know its limits. Iterating goes by age, oldest
 * first; tickets of equal age go by id.
 */
export interface Waiting<P extends Player = Player> extends Iterable<Ticket<P>> {
  readonly size: number;
  /** True for a ticket that waits here: this very object, not one that looks like it. */
  has(ticket: Ticket<P>): boolean;
  /** How many tickets of a party size wait. */
  countOf(partySize: number): number;
  /** Walks from the lowest rating upwards, or from just above this ticket of the pool; equal ratings go by age. */
  ascend(from?: Ticket<P>): RatingWalk<P>;
  /** Walks from the highest rating downwards, or from just below this ticket of the pool. */
  descend(from?: Ticket<P>): RatingWalk<P>;
  /** The last arrivals, newest first, at most 1,024, whether they still wait or not. */
  arrivals(): Iterable<Arrival>;
  /** How many arrived since the pool began: by it who reads `arrivals` again knows which are new. */
  readonly arrived: number;
  /** Joined, released or refused since the last pass, and the neighbours in rating of whoever left since. */
  readonly dirty: ReadonlySet<Ticket<P>>;
}
