import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Blocking } from "./explanation.js";
import type { WaitingGap } from "./relaxing-blitz-gap.js";

/** The rule of a blitz: how the gap widens, and when it does not count any more. */
export interface BlitzRule {
  readonly gap: WaitingGap;
  readonly forceAfterMs: Millis;
}

/** In place of a gap, where no gap counts. */
const FORCED = -1;

/** What the rule says about the tickets of a pool at an instant. */
export class BlitzMoment<P extends Player> {
  /** When the oldest ticket joined: nobody's gap to anybody is wider than to it. */
  readonly #oldest: Millis;
  /** What everybody's gap is at least, and what nobody's is beyond. */
  readonly #narrowest: number;
  readonly #widest: number;

  constructor(
    private readonly rule: BlitzRule,
    private readonly pool: Pool<P>,
    private readonly now: Millis,
  ) {
    const [first] = pool;
    this.#oldest = first?.joinedAt ?? now;
    this.#narrowest = rule.gap.relaxation.at(0);
    this.#widest = rule.gap.at(now, this.#oldest, this.#oldest);
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
    return !this.pool.limits || this.pool.limits.between(one, other) <= this.now;
  }

  /** Whether two may meet across the gap between them. */
  mayMeet(one: Ticket<P>, other: Ticket<P>, ratingGap: number): boolean {
    return (ratingGap <= this.#narrowest || ratingGap <= this.gapOf(one, other)) && this.areLet(one, other);
  }

  /** The widest gap that may now be between two, by their waits. */
  gapOf(one: Ticket<P>, other: Ticket<P>): number {
    return this.rule.gap.at(this.now, one.joinedAt, other.joinedAt);
  }

  /** Nobody meets this ticket across a wider gap now, unless by force. */
  reachOf(ticket: Ticket<P>): number {
    if (this.#narrowest === this.#widest) return this.#widest;
    return this.rule.gap.at(this.now, ticket.joinedAt, this.#oldest);
  }

  /**
   * The next instant at which this ticket may meet somebody of the pool whom it may not meet now; `Infinity` if never.
   * Of two who are both `due` only the lower is asked: one of a couple has to look again, and then sees the other.
   *
   * Outwards by rating, until nobody further away can be sooner: O(log n + k) for k tickets within the widest gap.
   * With limits whoever is forced and still there looks at everybody, and everybody at them: limits open at any time.
   */
  nextOf(ticket: Ticket<P>, due: ReadonlySet<Ticket<P>>): Millis {
    const forcedAt = this.#forcedAt(ticket);
    const isForced = forcedAt <= this.now;
    let soonest = isForced ? Infinity : forcedAt;
    let reach = isForced ? Infinity : this.#reachBefore(soonest, ticket);
    const consider = (other: Ticket<P>, ratingGap: number): void => {
      const letAt = this.#letAt(ticket, other);
      // Most that is refused is refused by limits where there are any, and they are asked in less time.
      if (letAt >= soonest) return;
      const meetsAt =
        ratingGap < 0 ? letAt : this.rule.gap.opensAt(ratingGap, ticket.joinedAt, other.joinedAt);
      const opensAt = Math.max(meetsAt, letAt);
      if (!(opensAt > this.now && opensAt < soonest)) return;
      soonest = opensAt;
      if (!isForced) reach = this.#reachBefore(soonest, ticket);
    };
    const up = this.pool.ascend(ticket);
    const areAllDue = due.size >= this.pool.size;
    const { rating } = up;
    for (const walk of areAllDue ? [up] : [up, this.pool.descend(ticket)]) {
      while (walk.next()) {
        const ratingGap = Math.abs(walk.rating - rating);
        if (ratingGap > reach) break;
        if (walk !== up && due.has(walk.ticket)) continue;
        consider(walk.ticket, isForced ? FORCED : ratingGap);
      }
    }
    if (this.pool.limits && !isForced) for (const other of this.forced()) consider(other, FORCED);
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

  /** Nobody further away can meet a ticket before this instant, unless by force. */
  #reachBefore(instant: Millis, ticket: Ticket<P>): number {
    const { gap } = this.rule;
    return instant === Infinity ? gap.relaxation.widest : gap.at(instant - 1, ticket.joinedAt, this.#oldest);
  }

  #letAt(one: Ticket<P>, other: Ticket<P>): Millis {
    return this.pool.limits?.between(one, other) ?? Number.NEGATIVE_INFINITY;
  }
}
