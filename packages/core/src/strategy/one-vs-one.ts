import { nonNegative } from "../options.js";
import type { Pool, RatingWalk } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Proposal, Strategy } from "./strategy.js";

export interface OneVsOneOptions {
  /** Two players meet when their ratings differ by no more than this, in rating points. */
  readonly maxRatingGap: number;
}

/** Tickets in the order of their ratings, each within the gap of the next. */
interface Chain {
  readonly tickets: Ticket[];
  readonly ratings: number[];
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
 * Cost: O(c) for chains of c tickets, O(n) for a pool where all is dirty.
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

  /** Throws `INVALID_OPTIONS` when `maxRatingGap` is not a finite number of 0 or more. */
  constructor({ maxRatingGap }: OneVsOneOptions) {
    this.#gap = nonNegative("maxRatingGap", maxRatingGap);
  }

  propose(pool: Pool): Proposal[] {
    const proposals: Proposal[] = [];
    if (pool.dirty.size * 4 > pool.size) this.#everything(pool, proposals);
    else this.#dirty(pool, proposals);
    return proposals;
  }

  nextChange(): number {
    return Infinity;
  }

  #everything(pool: Pool, proposals: Proposal[]): void {
    const walk = pool.ascend();
    let chain: Chain = { tickets: [], ratings: [] };
    let previous = Number.NEGATIVE_INFINITY;
    while (walk.next()) {
      if (walk.rating - previous > this.#gap) {
        this.#pair(chain, proposals);
        chain = { tickets: [], ratings: [] };
      }
      previous = walk.rating;
      chain.tickets.push(walk.ticket);
      chain.ratings.push(previous);
    }
    this.#pair(chain, proposals);
  }

  #dirty(pool: Pool, proposals: Proposal[]): void {
    const seen = new Set<Ticket>();
    for (const ticket of pool.dirty) {
      if (seen.has(ticket)) continue;
      const chain = this.#chainOf(ticket, pool);
      if (chain.tickets.length < 2) continue;
      for (const member of chain.tickets) seen.add(member);
      this.#pair(chain, proposals);
    }
  }

  #chainOf(ticket: Ticket, pool: Pool): Chain {
    const up = pool.ascend(ticket);
    const down = pool.descend(ticket);
    const rating = down.rating;
    const chain: Chain = { tickets: [ticket], ratings: [rating] };
    this.#extend(chain, down);
    chain.tickets.reverse();
    chain.ratings.reverse();
    this.#extend(chain, up);
    return chain;
  }

  #extend({ tickets, ratings }: Chain, walk: RatingWalk): void {
    let previous = ratings.at(-1) as number;
    while (walk.next() && Math.abs(walk.rating - previous) <= this.#gap) {
      tickets.push(walk.ticket);
      ratings.push((previous = walk.rating));
    }
  }

  #pair(chain: Chain, proposals: Proposal[]): void {
    const { tickets, ratings } = chain;
    const spare = tickets.length % 2 === 1 ? spareOf(chain) : tickets.length;
    for (let low = 0; low + 1 < tickets.length; low += 2) {
      if (low === spare) low++;
      if (low + 1 >= tickets.length) break;
      const gap = (ratings[low + 1] as number) - (ratings[low] as number);
      proposals.push({
        teams: [[tickets[low] as Ticket], [tickets[low + 1] as Ticket]],
        quality: gap === 0 ? 1 : 1 - gap / this.#gap,
      });
    }
  }
}

/** Where to leave one out of an odd chain, so that the pairs of the others have the smallest total gap. */
function spareOf({ tickets, ratings }: Chain): number {
  let best = 0;
  let bestCost = 0;
  // Relative to leaving out the first: moving the spare from `place` to `place + 2` swaps one pair for another.
  let cost = 0;
  for (let place = 0; place + 2 < tickets.length; place += 2) {
    const middle = ratings[place + 1] as number;
    cost += middle - (ratings[place] as number) - ((ratings[place + 2] as number) - middle);
    if (cost < bestCost || (cost === bestCost && isYounger(tickets[place + 2] as Ticket, tickets[best] as Ticket))) {
      best = place + 2;
      bestCost = cost;
    }
  }
  return best;
}

function isYounger(one: Ticket, other: Ticket): boolean {
  return one.joinedAt > other.joinedAt || (one.joinedAt === other.joinedAt && one.id > other.id);
}
