import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Blocking } from "./explanation.js";
import { nearest } from "./relaxing-blitz-field.js";
import type { WaitingGap } from "./relaxing-blitz-gap.js";

/** The rule of a blitz: how the gap widens, and when it does not count any more. */
export interface BlitzRule {
  readonly gap: WaitingGap;
  readonly forceAfterMs: Millis;
}

/** What the rule says about the tickets of a pool at an instant. */
export class BlitzMoment<P extends Player> {
  /** When the oldest ticket joined: nobody's gap to anybody is wider than to it. */
  readonly #oldest: Millis;

  constructor(
    private readonly rule: BlitzRule,
    private readonly pool: Pool<P>,
    private readonly now: Millis,
  ) {
    const [first] = pool;
    this.#oldest = first?.joinedAt ?? now;
  }

  /** Oldest first, whoever meets the closest, whatever the gap. */
  *forced(): Iterable<Ticket<P>> {
    if (this.rule.forceAfterMs === Infinity) return;
    for (const ticket of this.pool) {
      if (!this.isForced(ticket)) return;
      yield ticket;
    }
  }

  isForced(ticket: Ticket<P>): boolean {
    return this.#forcedAt(ticket) <= this.now;
  }

  /** Whether the limits of the queue let two meet. */
  areLet(one: Ticket<P>, other: Ticket<P>): boolean {
    return this.#letAt(one, other) <= this.now;
  }

  /** Whether two may meet across the gap between them. */
  mayMeet(one: Ticket<P>, other: Ticket<P>, ratingGap: number): boolean {
    return ratingGap <= this.gapOf(one, other) && this.areLet(one, other);
  }

  /** The widest gap that may now be between two, by their waits. */
  gapOf(one: Ticket<P>, other: Ticket<P>): number {
    return this.rule.gap.at(this.now, one.joinedAt, other.joinedAt);
  }

  /** Nobody meets this ticket across a wider gap now, unless by force. */
  reachOf(ticket: Ticket<P>): number {
    return this.rule.gap.at(this.now, ticket.joinedAt, this.#oldest);
  }

  /**
   * The next instant at which this ticket may meet somebody of the pool whom it may not meet now; `Infinity` if never.
   *
   * Outwards by rating, until nobody further away can be sooner: O(log n + k) for k tickets within the widest gap.
   * With limits whoever is forced and still there looks at everybody, and everybody at them: limits open at any time.
   */
  nextOf(ticket: Ticket<P>): Millis {
    const { gap } = this.rule;
    const forcedAt = this.#forcedAt(ticket);
    const isForced = forcedAt <= this.now;
    let soonest = isForced ? Infinity : forcedAt;
    const consider = (other: Ticket<P>, meetsAt: Millis): void => {
      if (meetsAt >= soonest) return;
      const opensAt = Math.max(meetsAt, this.#letAt(ticket, other));
      if (opensAt > this.now) soonest = Math.min(soonest, opensAt);
    };
    for (const [other, ratingGap] of nearest(this.pool, ticket)) {
      if (!isForced && gap.opensAt(ratingGap, ticket.joinedAt, this.#oldest) >= soonest) break;
      consider(
        other,
        isForced ? Number.NEGATIVE_INFINITY : gap.opensAt(ratingGap, ticket.joinedAt, other.joinedAt),
      );
    }
    if (this.pool.limits && !isForced) {
      for (const other of this.forced()) consider(other, Number.NEGATIVE_INFINITY);
    }
    return soonest;
  }

  /** The gap, where it keeps two apart now. */
  blocking(one: Ticket<P>, other: Ticket<P>, ratingGap: number): Blocking | undefined {
    const limit = this.gapOf(one, other);
    if (ratingGap <= limit || this.isForced(one) || this.isForced(other)) return undefined;
    return { rule: "ratingGap", limit, value: ratingGap };
  }

  #forcedAt(ticket: Ticket<P>): Millis {
    return ticket.joinedAt + this.rule.forceAfterMs;
  }

  #letAt(one: Ticket<P>, other: Ticket<P>): Millis {
    return this.pool.limits?.between(one, other) ?? Number.NEGATIVE_INFINITY;
  }
}
