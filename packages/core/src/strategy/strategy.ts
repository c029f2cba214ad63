import type { Millis } from "../clock.js";
import type { Blocking } from "../limit/limits.js";
import type { Team } from "../match/match.js";
import type { Pool } from "../pool/pool.js";
import type { AttributeSchema, Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";

/** A strategy's suggestion. */
export interface Proposal<P extends Player = Player> {
  readonly teams: readonly Team<P>[];
  /** From 0 to 1; 1 is even. */
  readonly quality: number;
}

/** The settings of a queue that a strategy can object to; spans of time are `Infinity` where there is none. */
export interface QueueTimes {
  readonly ticketTtlMs: Millis;
  readonly heartbeatMs: Millis;
  readonly waveMs: Millis;
}

/**
 * Why a ticket is not matched yet. If it gives way at an instant and nobody comes, the group forms then and not
 * earlier; lifting what blocks it, and nothing else, forms it now.
 */
export interface Explanation {
  readonly ticketId: string;
  /** The nearest candidates, nearest first, at most five. */
  readonly nearest: readonly { readonly ticketId: string; readonly ratingGap: number }[];
  /** The tickets that come nearest to being a match with this one; it is among them. */
  readonly group: readonly string[];
  /** The rules that stand between this group and a match now. */
  readonly blockedBy: readonly Blocking[];
  /** When the ticket is in a match if nobody comes or leaves; `Infinity` if never. */
  readonly givesWayAt: Millis;
}

/**
 * Who plays with whom. Pure: no I/O, no clock, no randomness of its own. The same pool and the same `now` give the
 * same proposals, whatever the order in which tickets of equal age came in.
 *
 * `describeStrategy` of the testkit holds a strategy to these laws.
 */
export interface Strategy<P extends Player = Player> {
  /** The attributes it reads: a join whose players lack one is refused before it reaches the store. */
  readonly attributes?: AttributeSchema;
  /** The largest party it can place; 1 when left out. */
  readonly maxPartySize?: number;
  /** Which sizes of parties may join, where not all up to the largest may: others are refused at the join. */
  readonly partySizes?: readonly number[];
  /**
   * Every match the rules allow now, by `pool.limits` too; no ticket in two. After the pass each proposed ticket has
   * left the pool or is dirty again, so it is enough to look at what `pool.dirty` can have changed.
   */
  propose(pool: Pool<P>, now: Millis): Proposal<P>[];
  /**
   * The next instant, later than `now`, at which `propose` may return something new if nobody joins or leaves;
   * `Infinity` if never. It may be early, and is never late.
   */
  nextChange(pool: Pool<P>, now: Millis): Millis;
  /** Throws `INVALID_OPTIONS` for settings of its queue under which it could not do what it promises. */
  checkQueue?(times: QueueTimes): void;
  /** Why a waiting ticket is not matched yet; strategies that cannot say leave it out. */
  explain?(ticket: Ticket<P>, pool: Pool<P>, now: Millis): Explanation;
}
