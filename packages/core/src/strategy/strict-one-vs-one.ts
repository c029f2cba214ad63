import type { Millis } from "../clock.js";
import { nonNegative, objectOf } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import { Agendas } from "./agenda.js";
import { closestFirst } from "./closest-first.js";
import { byCloseness, duel, type Couple } from "./couple.js";
import { explainPair, withinGap } from "./explain-pair.js";
import { chainAround } from "./outward.js";
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

  /** Throws `INVALID_OPTIONS` when `maxRatingGap` is not a finite number of 0 or more. */
  constructor(options: StrictOneVsOneOptions) {
    const { maxRatingGap } = objectOf("StrictOneVsOne", options, ["maxRatingGap"]);
    this.#gap = nonNegative("maxRatingGap", maxRatingGap);
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    return this.#couples(pool, now).map((couple) => duel(couple, this.#gap));
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

  #couples(pool: Pool, now: Millis): Couple[] {
    const { limits } = pool;
    if (limits) return closestFirst(this.#agendas.of(pool).due(now), pool, limits, this.#gap, now);
    const neighbours = new Neighbours(this.#gap);
    if (pool.dirty.size * 4 > pool.size) {
      for (const walk = pool.ascend(); walk.next();) neighbours.add(walk.ticket, walk.rating);
    } else {
      const seen = new Set<Ticket>();
      for (const ticket of pool.dirty) {
        if (seen.has(ticket)) continue;
        neighbours.end();
        for (const each of chainAround(ticket, pool, this.#gap)) {
          seen.add(each);
          neighbours.add(each, ratingOf(each));
        }
      }
    }
    neighbours.end();
    return neighbours.couples;
  }
}

/** Takes tickets in the order of ratings. Those who wait for the next one lie on a stack, their gaps ever smaller. */
class Neighbours {
  readonly couples: Couple[] = [];
  readonly #tickets: Ticket[] = [];
  readonly #ratings: number[] = [];

  constructor(private readonly reach: number) {}

  add(ticket: Ticket, rating: number): void {
    const ratings = this.#ratings;
    for (let top = ratings.length - 1; top > 0; top = ratings.length - 1) {
      const gap = rating - ratings[top]!;
      const last = ratings[top]! - ratings[top - 1]!;
      if (gap < last || (gap === last && this.#isOlder(ticket, gap))) break;
      this.#pair();
    }
    if (ratings.length > 0 && rating - ratings.at(-1)! > this.reach) this.end();
    this.#tickets.push(ticket);
    ratings.push(rating);
  }

  /** Nobody comes who is near those seen so far. */
  end(): void {
    while (this.#ratings.length > 1) this.#pair();
    this.#tickets.length = this.#ratings.length = 0;
  }

  /** Whether the next one and the last come before the last two, whose gap is the same. */
  #isOlder(next: Ticket, gap: number): boolean {
    const [below, top] = this.#tickets.slice(-2) as [Ticket, Ticket];
    return byCloseness({ one: top, other: next, gap }, { one: below, other: top, gap }) < 0;
  }

  /** The last two meet. */
  #pair(): void {
    const gap = -this.#ratings.pop()! + this.#ratings.pop()!;
    const other = this.#tickets.pop()!;
    this.couples.push({ one: this.#tickets.pop()!, other, gap: Math.abs(gap) });
  }
}
