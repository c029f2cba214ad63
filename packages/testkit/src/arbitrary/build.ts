import type { Millis, Player, PoolKey, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";

/** Match time of the tickets that name none: where `ManualClock` starts, too. */
export const BUILT_AT: Millis = 1_700_000_000_000;

let built = 0;

/** A player for a test: what is left out gets a fresh id and a rating of 1,500. */
export function player(given: Partial<Player> = {}): Player {
  return { id: `player-${++built}`, rating: 1_500, ...given };
}

/** What {@link ticket} takes: any part of a ticket, and `rating` or `ratings` in place of its players. */
export interface TicketParts<P extends Player = Player> extends Partial<Ticket<P>> {
  /** The rating of a single player. */
  readonly rating?: number;
  /** The ratings of a party, one player each. */
  readonly ratings?: readonly number[];
}

/**
 * A ticket for a test: what is left out gets a fresh id in the pool `classic`, `eu`, one player, a join at
 * {@link BUILT_AT}, and no end. Fresh ids go up, so of two tickets that joined together the one built first is older.
 */
export function ticket<P extends Player = Player>(parts: TicketParts<P> = {}): Ticket<P> {
  const { rating = 1_500, ratings = [rating], queue = "classic", region = "eu", partition, ...given } = parts;
  const pool: PoolKey = { queue, region, ...(partition !== undefined && { partition }) };
  return {
    id: idOf(pool, String(++built).padStart(8, "0")),
    players: ratings.map((each) => player({ rating: each })) as P[],
    joinedAt: BUILT_AT,
    ...pool,
    ...given,
  };
}
