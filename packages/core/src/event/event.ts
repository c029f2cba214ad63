import type { Millis } from "../clock.js";
import type { EvenmatchError } from "../errors.js";
import type { ReleaseReason } from "../life.js";
import type { Match } from "../match/match.js";
import type { Proposal } from "../strategy/strategy.js";
import type { Player } from "../ticket/player.js";
import type { PoolKey, Ticket } from "../ticket/ticket.js";

/** What one pass of a strategy saw and did; told once its claims are answered. */
export interface Pass<P extends Player = Player> {
  /** Why it ran: a change came in, an instant of the strategy or a wave was due, or the pool was just gained. */
  readonly cause: "change" | "due" | "wave" | "gained";
  /** Tickets waiting when it ran. */
  readonly waiting: number;
  /** Those of them that joined, came back or got other neighbours since the pass before. */
  readonly dirty: readonly Ticket<P>[];
  readonly proposals: readonly Proposal<P>[];
  /** Matches whose claim won. */
  readonly won: readonly string[];
  /** Matches whose claim lost, with the tickets that were gone; none where the store refuses such a match. */
  readonly lost: readonly { readonly matchId: string; readonly gone: readonly string[] }[];
  /** How long the strategy took, in milliseconds with fractions. */
  readonly tookMs: number;
  /** When the strategy wants to be asked again if nothing changes; `Infinity` if never. */
  readonly nextChange: Millis;
}

/** The payload of each type of event: the whole life of tickets, matches and pools. */
export interface LifeEvents<P extends Player = Player> {
  /** A ticket waits from now on. */
  "ticket.joined": { readonly ticket: Ticket<P> };
  /** A ticket ended as left: by its own wish, or because it declined or was silent in a ready check. */
  "ticket.left": { readonly ticket: Ticket<P>; readonly reason: "left" | ReleaseReason };
  /** A ticket ended as expired. */
  "ticket.expired": { readonly ticket: Ticket<P> };
  /** A ticket is back to waiting, its place unchanged, because its match fell through. */
  "ticket.released": { readonly ticket: Ticket<P>; readonly matchId: string; readonly reason: ReleaseReason };
  /** Tickets became a match that asks its players to accept until `match.acceptBy`. */
  "match.claimed": { readonly match: Match<P> };
  /** A player answered the ready check. */
  "match.answered": {
    readonly matchId: string;
    readonly playerId: string;
    readonly accepted: boolean;
    readonly ticketIds: readonly string[];
  };
  /** The point of no return: the match happens. */
  "match.settled": { readonly match: Match<P> };
  /** The match is saved and announced. */
  "match.delivered": { readonly matchId: string };
  /** This process runs a pool from now on. */
  "pool.gained": { readonly waiting: number; readonly pending: number; readonly fence: bigint };
  /** This process no longer runs a pool. */
  "pool.lost": { readonly fence: bigint };
  /** A strategy was asked. */
  pass: Pass<P>;
  /** Something failed that no caller could be told of; the message says what goes on nevertheless. */
  error: { readonly error: EvenmatchError };
}

/** The names of all types of events. */
export const EVENT =
  /^(ticket\.(joined|left|expired|released)|match\.(claimed|answered|settled|delivered)|pool\.(gained|lost)|pass|error)$/;

/** The type of an event, by which its data is told apart. */
export type EventType = keyof LifeEvents;

/** One event as it travels: `seq` is the pool's change that it came from, so consumers can order and deduplicate. */
export interface LifeEvent<Type extends EventType = EventType, P extends Player = Player> {
  readonly v: 1;
  readonly type: Type;
  readonly at: Millis;
  /** Missing only for an error that no single pool is the cause of. */
  readonly pool: Type extends "error" ? PoolKey | undefined : PoolKey;
  readonly seq: number;
  readonly data: LifeEvents<P>[Type];
}

/** Any event, told apart by `type`. */
export type BusEvent = { [Type in EventType]: LifeEvent<Type> }[EventType];
