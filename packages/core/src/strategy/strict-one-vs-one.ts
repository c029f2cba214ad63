import type { Millis } from "../clock.js";
import { nonNegative, objectOf } from "../options.js";
import type { Pool, RatingWalk } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import { Agendas } from "./agenda.js";
import { closestFirst } from "./closest-first.js";
import { duel } from "./couple.js";
import { evenness } from "./evenness.js";
import { explainPair, withinGap } from "./explain-pair.js";
import { firstOfChain } from "./outward.js";
import { opensNext } from "./pairs-within.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** The rule of {@link StrictOneVsOne}. */
export interface StrictOneVsOneOptions {
  /** Two players meet when their ratings differ by no more than this, in rating points. */
  readonly maxRatingGap: number;
}

/**
 * Strict 1v1: nobody meets anyone while someone the limits permit is closer to either, and not with someone closer
 * still. Fewer may play than in {@link OneVsOne}, and each as close as can be.
 *
 * 1. The two with the smallest gap of all meet. On a tie the couple with the older player comes first, then the one
 *    whose other player is older.
 * 2. The same for whoever is left, until no two are within `maxRatingGap` and permitted. So no two could both do
 *    better than they did: the pairing is stable, and there is only one.
 * 3. Without limits the two closest are neighbours in the order of ratings. Going upwards, gaps get smaller as long
 *    as nobody is paired, and two meet as soon as the next gap is larger: one walk does it.
 * 4. With limits, each ticket that is dirty, or for whom a limit has given way, looks outward for the nearest that is
 *    permitted, and that one in its turn, until two are the nearest to each other.
 *
 * Cost: O(c) for c tickets that are connected with a dirty one by gaps, O(n) for a pool where all is dirty. With
 * limits, O(d · log n + s) for d tickets to look at that take s steps outward, each a question to the limits at most.
 * Quality: `1 − gap ÷ maxRatingGap`; 1 when both are 0.
 *
 * @example
 * ```ts
 * import { Matchmaker, StrictOneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({ queues: { solo: new StrictOneVsOne({ maxRatingGap: 50 }) } });
 * ```
 */
export class StrictOneVsOne implements Strategy {
  readonly maxPartySize = 1;
  readonly #gap: number;
  readonly #agendas = new Agendas<Player>();
  /** What lies on the stack of {@link #meet}, which may be followed by remains of a higher one before it. */
  readonly #stack: Ticket[] = [];
  readonly #ratings: number[] = [];

  /** Throws `INVALID_OPTIONS` when `maxRatingGap` is not a finite number of 0 or more. */
  constructor(options: StrictOneVsOneOptions) {
    const { maxRatingGap } = objectOf("StrictOneVsOne", options, ["maxRatingGap"]);
    this.#gap = nonNegative("maxRatingGap", maxRatingGap);
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    const { limits } = pool;
    if (limits) {
      const due = this.#agendas.of(pool).due(now);
      return closestFirst(due, pool, limits, this.#gap, now).map((couple) => duel(couple, this.#gap));
    }
    const proposals: Proposal[] = [];
    if (pool.dirty.size * 4 > pool.size) {
      const walk = pool.ascend();
      for (let isThere = walk.next(); isThere;) isThere = this.#meet(walk, proposals);
    } else this.#dirty(pool, proposals);
    // Whoever has been looked at must not be kept from the collector.
    this.#stack.length = 0;
    return proposals;
  }

  /** `Infinity` without limits; with them, when the first one gives way for two who are close enough. */
  nextChange(pool: Pool, now: Millis): Millis {
    const { limits } = pool;
    if (!limits) return Infinity;
    const agenda = this.#agendas.of(pool);
    const due = agenda.due(now);
    const between = (one: Ticket, other: Ticket): Millis => limits.between(one, other);
    return agenda.next(now, (ticket) => opensNext(ticket, pool, due, between, this.#gap, now));
  }

  /** Why a ticket waits: the gap, a limit, or that nobody else is there. */
  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    return explainPair(this, ticket, pool, now, withinGap(this.#gap));
  }

  #dirty(pool: Pool, proposals: Proposal[]): void {
    const seen = new Set<Ticket>();
    for (const ticket of pool.dirty) {
      if (!seen.has(ticket)) this.#meet(pool.ascend(firstOfChain(ticket, pool, this.#gap)), proposals, seen);
    }
  }

  /**
   * Goes along one chain, on whose first ticket the walk stands. Those who wait for the next one lie on a stack, the
   * gaps between them ever smaller. True when the walk stands on the first of the next chain.
   */
  #meet(walk: RatingWalk, proposals: Proposal[], seen?: Set<Ticket>): boolean {
    const [stack, ratings, reach] = [this.#stack, this.#ratings, this.#gap];
    let height = 0;
    let isThere = true;
    for (let before = walk.rating; isThere; isThere = walk.next()) {
      const { ticket, rating } = walk;
      if (rating - before > reach) break;
      before = rating;
      while (height > 1) {
        const gap = rating - (ratings[height - 1] as number);
        const last = (ratings[height - 1] as number) - (ratings[height - 2] as number);
        // On a tie the one in between is in both couples, so that the ages of the others decide which comes first.
        if (gap < last || (gap === last && byAge(ticket, stack[height - 2] as Ticket) < 0)) break;
        this.#pair((height -= 2), proposals);
      }
      // Whoever is next to the last may have met already.
      if (height === 1 && rating - (ratings[0] as number) > reach) height = 0;
      stack[height] = ticket;
      ratings[height++] = rating;
      seen?.add(ticket);
    }
    while (height > 1) this.#pair((height -= 2), proposals);
    return isThere;
  }

  /** The two of the stack above a height meet. */
  #pair(height: number, proposals: Proposal[]): void {
    const gap = (this.#ratings[height + 1] as number) - (this.#ratings[height] as number);
    const teams = [[this.#stack[height] as Ticket], [this.#stack[height + 1] as Ticket]];
    proposals.push({ teams, quality: evenness(gap, this.#gap) });
  }
}
