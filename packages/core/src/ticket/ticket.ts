import type { Millis } from "../clock.js";
import type { Player } from "./player.js";

/** Where tickets wait together: one queue in one region, and on Kafka with `key: "none"` one partition of it. */
export interface PoolKey {
  readonly queue: string;
  readonly region: string;
  readonly partition?: number;
}

/**
 * One request to be matched: a player, or several who stay together (a party). A ticket is never split, and it ends
 * exactly once: matched, left or expired.
 */
export interface Ticket<P extends Player = Player> extends PoolKey {
  /** Opaque: carries what routing needs and a UUIDv7. */
  readonly id: string;
  /** At least one. */
  readonly players: readonly P[];
  /** Match time of the join. It stays when a match falls through: nobody loses their place. */
  readonly joinedAt: Millis;
  /** The ticket ends as expired at this instant; left out when it never does. */
  readonly expiresAt?: Millis;
  /** The ticket ends as expired when no heartbeat came for so long; left out when none are asked for. */
  readonly heartbeatMs?: Millis;
}

/** The life of a ticket, as a store keeps it. The last three are its ends. */
export type TicketState = "waiting" | "claimed" | "matched" | "left" | "expired";

/** A value that is being made. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A ticket's rating, by which pools are ordered: the mean of its players' ratings. */
export function ratingOf(ticket: Ticket): number {
  const { players } = ticket;
  if (players.length === 1) return (players[0] as Player).rating;
  let sum = 0;
  for (const player of players) sum += player.rating;
  return sum / players.length;
}

/** How far apart two are in rating. */
export function gapBetween(one: Ticket, other: Ticket): number {
  return Math.abs(ratingOf(one) - ratingOf(other));
}

/** The order of age: by `joinedAt`, then by id, so that it never depends on how tickets came in. */
export function byAge(one: Ticket, other: Ticket): number {
  return one.joinedAt - other.joinedAt || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

/** The order of ratings, by which pools are walked; equal ones by age. */
export function byRating(one: Ticket, other: Ticket): number {
  return ratingOf(one) - ratingOf(other) || byAge(one, other);
}
