import type { Millis } from "../clock.js";
import type { Team } from "../match/match.js";
import type { Pool } from "../pool/pool.js";
import type { AttributeSchema, Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Explanation } from "./explanation.js";

export type { Blocking, Explanation } from "./explanation.js";

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
