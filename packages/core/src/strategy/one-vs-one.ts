import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import { nonNegative, objectOf } from "../options.js";
import type { Pool, RatingWalk } from "../pool/pool.js";
import { byAge, gapBetween, type Ticket } from "../ticket/ticket.js";
import { evenness } from "./evenness.js";
import { explainPair, withinGap } from "./explain-pair.js";
import { firstOfChain } from "./outward.js";
import type { PairsWithin } from "./pairs-within.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** The rule of {@link OneVsOne}. */
export interface OneVsOneOptions {
  /** Two players meet when their ratings differ by no more than this, in rating points. */
  readonly maxRatingGap: number;
}

/**
 * Classic 1v1: two players within `maxRatingGap`. Each pass makes the most pairs possible and, of all ways to make
 * so many, one with the smallest total gap. Woken at once, that is the nearest candidate; with waves or after a
 * release it is the optimum.
 *
 * 1. In the order of ratings, cut wherever two neighbours are further apart than the gap. Nobody can be paired
 *    across a cut, so each chain is solved by itself, and only chains with a dirty ticket can have changed.
 * 2. A chain of 2k tickets pairs neighbours: k pairs, and no way is shorter, because uncrossing two pairs that
 *    cross or nest never lengthens them (the gap is a convex cost on a line).
 * 3. A chain of 2k + 1 leaves one out, at an even place (from 0): the place with the smallest total gap is found
 *    by moving it from one end to the other. On a tie the youngest stays, then the highest id.
 *
 * With limits, neighbours are not enough: {@link PairUp} pairs those whom the gap and open limits connect, exactly up
 * to 128 tickets and with no pair missing beyond. It looks at whoever is dirty, and at whom a limit has given way for.
 *
 * Cost: O(c) for chains of c tickets, O(n) for a pool where all is dirty. With limits, for each ticket to look at, as
 * many questions to them as others wait within the gap, and O(k³) to pair k tickets that are connected.
 * Quality: `1 − gap ÷ maxRatingGap`; 1 when both are 0.
 *
 * @example
 * ```ts
 * import { Matchmaker, OneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: 100 }) } });
 * ```
 */
export class OneVsOne implements Strategy {
  readonly maxPartySize = 1;
  readonly #gap: number;
  readonly #limited = new WeakMap<Limits, PairsWithin>();
  /** The chain just measured, which may be followed by remains of a longer one before it. */
  readonly #chain: Ticket[] = [];
  readonly #ratings: number[] = [];
  #length = 0;
  /** The place of the one left out. */
  #spare = 0;

  /** Throws `INVALID_OPTIONS` when `maxRatingGap` is not a finite number of 0 or more. */
  constructor(options: OneVsOneOptions) {
    const { maxRatingGap } = objectOf("OneVsOne", options, ["maxRatingGap"]);
    this.#gap = nonNegative("maxRatingGap", maxRatingGap);
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    const proposals: Proposal[] = [];
    if (pool.limits) {
      for (const [low, high] of this.#under(pool.limits).propose(pool, now)) {
        proposals.push({ teams: [[low], [high]], quality: evenness(gapBetween(low, high), this.#gap) });
      }
      return proposals;
    }
    if (pool.dirty.size * 4 > pool.size) this.#everything(pool, proposals);
    else this.#dirty(pool, proposals);
    // Whoever has been looked at must not be kept from the collector.
    this.#chain.length = 0;
    return proposals;
  }

  /** `Infinity` without limits; with them, when the first one gives way for two who are close enough. */
  nextChange(pool: Pool, now: Millis): Millis {
    return pool.limits ? this.#under(pool.limits).nextChange(pool, now) : Infinity;
  }

  /** Why a ticket waits: the gap, a limit, or that nobody else is there. */
  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    return explainPair(this, ticket, pool, now, withinGap(this.#gap));
  }

  #under(limits: Limits): PairsWithin {
    let pairs = this.#limited.get(limits);
    if (!pairs) this.#limited.set(limits, (pairs = limits.pairsWithin(this.#gap)));
    return pairs;
  }

  #everything(pool: Pool, proposals: Proposal[]): void {
    const walk = pool.ascend();
    for (let isThere = walk.next(); isThere;) {
      isThere = this.#measure(walk);
      this.#pair(proposals);
    }
  }

  #dirty(pool: Pool, proposals: Proposal[]): void {
    const seen = pool.dirty.size > 1 ? new Set<Ticket>() : undefined;
    for (const ticket of pool.dirty) {
      if (seen?.has(ticket)) continue;
      this.#measure(pool.ascend(firstOfChain(ticket, pool, this.#gap)));
      if (this.#length > 1) this.#pair(proposals, seen);
    }
  }

  /**
   * Goes along one chain, on whose first ticket the walk stands, and finds out how long it is and whom to leave out.
   * True when the walk stands on the first of the next chain.
   */
  #measure(walk: RatingWalk): boolean {
    const chain = this.#chain;
    const ratings = this.#ratings;
    let length = 1;
    let spare = 0;
    // The total gap relative to leaving out the first: the spare moves up by two, and one pair becomes another.
    let cost = 0;
    let least = 0;
    let beforeLast = 0;
    let last = (ratings[0] = walk.rating);
    chain[0] = walk.ticket;
    let isThere: boolean;
    while ((isThere = walk.next()) && walk.rating - last <= this.#gap) {
      const { ticket, rating } = walk;
      if (length % 2 === 0) {
        cost += 2 * last - beforeLast - rating;
        if (cost < least || (cost === least && byAge(ticket, chain[spare] as Ticket) > 0)) {
          least = cost;
          spare = length;
        }
      }
      chain[length] = ticket;
      ratings[length++] = rating;
      beforeLast = last;
      last = rating;
    }
    this.#length = length;
    this.#spare = length % 2 === 0 ? length : spare;
    return isThere;
  }

  /** Pairs the neighbours of the chain just measured. */
  #pair(proposals: Proposal[], seen?: Set<Ticket>): void {
    const chain = this.#chain;
    const ratings = this.#ratings;
    if (seen) for (let place = 0; place < this.#length; place++) seen.add(chain[place] as Ticket);
    for (let low = 0; low + 1 < this.#length; low += 2) {
      if (low === this.#spare) low++;
      const gap = (ratings[low + 1] as number) - (ratings[low] as number);
      const teams = [[chain[low] as Ticket], [chain[low + 1] as Ticket]];
      proposals.push({ teams, quality: evenness(gap, this.#gap) });
    }
  }
}
