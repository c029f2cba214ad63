import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Relaxation } from "./relaxation.js";

/** When at the latest to look again at a ticket that has just come, where its spread goes on to widen after that. */
const LOOK_AHEAD: Millis = 10_000;

/**
 * How wide the spread of a group may be: by its oldest ticket and the time. Where nobody comes it never gets narrower; an
 * arrival may narrow it, and never widens it unless everybody is looked at again.
 */
export interface TeamSpread {
  /** The name of the rule, for explanations. */
  readonly rule: string;
  /** Nothing is ever allowed that is wider; `Infinity` where there is no bound. */
  readonly widest: number;
  /** What a group may have whose oldest ticket this is. */
  at(oldest: Ticket, now: Millis): number;
  /** The first instant after `now` at which `at` allows this width if nobody comes; may be early. */
  reaches(oldest: Ticket, width: number, now: Millis): Millis;
  /** Up to when it is worth to look ahead for a ticket: those who wait long are looked at less often. */
  lookAhead(oldest: Ticket, now: Millis): Millis;
  /** A bound for what anybody of a pool is allowed, now or up to when it is looked ahead for them. */
  boundOf(pool: Pool, now: Millis, isAhead: boolean): SpreadBound;
}

/** What nobody is allowed more than. */
export interface SpreadBound {
  /** Wherever they stand. */
  readonly widest: number;
  /** At a rating; the widest everywhere when left out. */
  readonly at?: (rating: number) => number;
}

/** A spread that widens with the wait of the oldest ticket alone. */
export class RelaxingSpread implements TeamSpread {
  readonly rule = "maxRatingSpread";
  readonly widest: number;

  constructor(private readonly relaxation: Relaxation) {
    this.widest = relaxation.widest;
  }

  at({ joinedAt }: Ticket, now: Millis): number {
    return this.relaxation.at(Math.max(0, now - joinedAt));
  }

  reaches({ joinedAt }: Ticket, width: number, now: Millis): Millis {
    return Math.max(now + 1, joinedAt + this.relaxation.reaches(width));
  }

  /** The widest spreads are looked at by many and met by few: as far ahead as it has waited, and no further. */
  lookAhead({ joinedAt }: Ticket, now: Millis): Millis {
    return joinedAt + Math.max(0, now - joinedAt) * 2 + LOOK_AHEAD;
  }

  boundOf(pool: Pool, now: Millis, isAhead: boolean): SpreadBound {
    if (this.relaxation.widensAt === Infinity) return { widest: this.widest };
    const [oldest] = pool;
    return { widest: oldest ? this.at(oldest, isAhead ? this.lookAhead(oldest, now) : now) : 0 };
  }
}
