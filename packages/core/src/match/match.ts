import type { Millis } from "../clock.js";
import type { Player } from "../ticket/player.js";
import type { PoolKey, Ticket } from "../ticket/ticket.js";

/** Tickets that play on one side. */
export type Team<P extends Player = Player> = readonly Ticket<P>[];

/** Where a match is played, as the application's allocator says it: plain data that JSON can hold. */
export type Assignment = Readonly<Record<string, unknown>>;

/** Claimed tickets in teams. */
export interface Match<P extends Player = Player> extends PoolKey {
  /** Opaque: carries what routing needs and a UUIDv7. */
  readonly id: string;
  readonly teams: readonly Team<P>[];
  /** From 0 to 1; 1 is even. The strategy's docs state the formula. */
  readonly quality: number;
  /** In a queue with one pool for all regions: the region that its limit on latency chose. */
  readonly playedIn?: string;
  /** Match time of the pass that proposed it. */
  readonly createdAt: Millis;
  /** Where the queue has a ready check: who has not accepted by then is out. */
  readonly acceptBy?: Millis;
  /** Where the queue has an allocator: there from `settled` on. */
  readonly assignment?: Assignment;
}

/** The life of a match, as a store keeps it. It is pending until it is delivered or released. */
export type MatchState = "claimed" | "settled" | "delivered" | "released";

/** All tickets of a match, or of any other teams, in their order. */
export function ticketsOf<P extends Player>({ teams }: { readonly teams: readonly Team<P>[] }): Ticket<P>[] {
  const [first, second] = teams;
  // Nearly all teams are one ticket against one, and flattening is what a store does most with a match.
  if (teams.length === 2 && first?.length === 1 && second?.length === 1) return [first[0]!, second[0]!];
  return teams.flat();
}

/** All players of a match, in the order of its teams. */
export function playersOf<P extends Player>(match: { readonly teams: readonly Team<P>[] }): P[] {
  return ticketsOf(match).flatMap((ticket) => ticket.players);
}
