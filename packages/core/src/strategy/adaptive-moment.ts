import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Pool } from "../pool/pool.js";
import { byAge, gapBetween, ratingOf, type Ticket } from "../ticket/ticket.js";
import { ENOUGH, enoughFor, firstWhole, widthAfter, type Traffic } from "./adaptive-traffic.js";
import type { Couple } from "./couple.js";

/** What a point may cost in waiting, in points: a little more than it is worth, for who waits on may be lucky twice. */
const PATIENCE = 1.25;

/** Two neighbours, and what waiting on would save them. */
export interface Neighbours extends Couple {
  readonly savings: number;
}

/** The rule of `Adaptive` at one instant. */
export class AdaptiveMoment {
  readonly #worth: number;

  constructor(
    private readonly pointsPerSecond: number,
    private readonly traffic: Traffic,
    private readonly limits: Limits | undefined,
    private readonly now: Millis,
  ) {
    this.#worth = traffic.worth(pointsPerSecond, now);
  }

  /** Whether two may meet now. */
  isTime({ one, other, gap, savings }: Neighbours): boolean {
    return this.#pays(one, other, gap, savings);
  }

  /** What two of these ratings would save by waiting on; `Infinity` where they may not meet now. */
  savingsNow(one: Ticket, other: Ticket, rating: number, otherRating: number): number {
    const savings = this.traffic.savings(rating, otherRating);
    return this.#pays(one, other, Math.abs(rating - otherRating), savings) ? savings : Infinity;
  }

  /** When two may meet if nobody comes; `now` if they may already. */
  timeOf({ one, other, gap, savings }: Neighbours): Millis {
    const { pointsPerSecond, now } = this;
    const oldest = Math.min(one.joinedAt, other.joinedAt);
    const enough = oldest + enoughFor(gap, pointsPerSecond);
    return Math.min(
      this.traffic.paysUntil(savings / PATIENCE, pointsPerSecond, now),
      firstWhole(enough, now, (at) => this.#isEnough(one, other, gap, at)),
    );
  }

  /** When one who waits would have waited enough for whoever is as far from a ticket as another is, or further. */
  timeByAge({ joinedAt }: Ticket, ticket: Ticket, other: Ticket): Millis {
    return joinedAt + enoughFor(gapBetween(ticket, other), this.pointsPerSecond);
  }

  /** Two who could be neighbours. */
  neighbours(one: Ticket, other: Ticket): Neighbours {
    const ratings = [ratingOf(one), ratingOf(other)] as const;
    return { one, other, gap: Math.abs(ratings[0] - ratings[1]), savings: this.traffic.savings(...ratings) };
  }

  /** Whether the limits let two meet now. */
  permits(one: Ticket, other: Ticket): boolean {
    return !this.limits || this.limits.between(one, other) <= this.now;
  }

  /**
   * The nearest above or below whom the limits let a ticket meet, of equal ones the oldest; and when one who is
   * nearer still may be met. Whoever is further away comes after them anyway.
   */
  nearest(
    pool: Pool,
    ticket: Ticket,
    isUp: boolean,
    taken?: ReadonlySet<Ticket>,
  ): { other?: Ticket; opensAt: Millis } {
    const walk = isUp ? pool.ascend(ticket) : pool.descend(ticket);
    let opensAt = Infinity;
    let other: Ticket | undefined;
    const { rating } = walk;
    // By gaps, not by ratings: a gap is rounded, and then who is a little further away is as near.
    let gap = Infinity;
    while (walk.next() && !(other && Math.abs(walk.rating - rating) !== gap)) {
      const next = walk.ticket;
      if (taken?.has(next)) continue;
      const at = this.limits ? this.limits.between(ticket, next) : -Infinity;
      if (at > this.now) opensAt = Math.min(opensAt, at);
      else if (!other || byAge(next, other) < 0) {
        other = next;
        gap = Math.abs(walk.rating - rating);
      }
    }
    return other ? { other, opensAt } : { opensAt };
  }

  /** The widest gap at which two who stand where these do may meet now. */
  allowed({ one, other }: Couple): number {
    const middle = (ratingOf(one) + ratingOf(other)) / 2;
    const waited = this.now - Math.min(one.joinedAt, other.joinedAt);
    let low = widthAfter(waited, this.pointsPerSecond);
    let high = Math.abs(ratingOf(one) - ratingOf(other));
    for (let step = 0; step < 50 && low < high; step++) {
      const gap = (low + high) / 2;
      if (this.#isWorth(this.traffic.savings(middle - gap / 2, middle + gap / 2))) low = gap;
      else high = gap;
    }
    return low;
  }

  /** Whether it pays to meet now: to wait on would cost more than it saves, or the older has waited enough. */
  #pays(one: Ticket, other: Ticket, gap: number, savings: number): boolean {
    return this.#isWorth(savings) || this.#isEnough(one, other, gap, this.now);
  }

  #isWorth(savings: number): boolean {
    return savings / PATIENCE <= this.#worth;
  }

  #isEnough(one: Ticket, other: Ticket, gap: number, at: Millis): boolean {
    return (at - Math.min(one.joinedAt, other.joinedAt)) * this.pointsPerSecond >= ENOUGH * 1_000 * gap;
  }
}
