import type { Millis } from "../clock.js";
import type { Waiting } from "../pool/waiting.js";

/** Of how many arrivals the ratings are remembered: enough to know where people come, few enough to forget last night. */
const REMEMBERED = 512;

/** A memory of more arrivals than twice this changes once in so many of them; a smaller one with each. */
const EPOCH = 64;

/** Over how many arrivals the rate is taken: fewer are noise, more miss a rush. */
const RECENT = 40;

/** After the last arrival the rate is at most so many in the time that has passed since: a rush may be over. */
const SILENCE = 5;

/** Whose wait is worth so many times the gap meets whoever comes next, however rare they are. */
export const ENOUGH = 2;

/**
 * What came lately, and so what is likely to come: how fast, and around which ratings. All that {@link Adaptive} knows
 * of a population, and a function of the pool's arrivals and the time alone.
 *
 * 1. The ratings of the last 512 arrivals are a sample of who comes next. Changed once in 64 arrivals, so that what was
 *    found out about those who wait holds for a while.
 * 2. The rate is the slower of two: 40 arrivals in the time since the fortieth last, and 5 in the time since the last. In
 *    a silence it falls with each millisecond.
 */
export class Traffic {
  /** The remembered ratings, in order. */
  #ratings = new Float64Array(0);
  #meanSize = 1;
  /** The last arrivals, newest first. */
  #latest: Millis[] = [];
  #arrived = -1;
  #until = -1;

  /** Takes note of who arrived. True when the remembered ratings changed. */
  read(pool: Waiting): boolean {
    const { arrived } = pool;
    if (arrived === this.#arrived) return false;
    this.#arrived = arrived;
    this.#latest = [];
    const until = arrived < 2 * EPOCH ? arrived : arrived - (arrived % EPOCH);
    const hasChanged = until !== this.#until;
    this.#until = until;
    const ratings: number[] = [];
    let place = arrived;
    let players = 0;
    for (const { at, rating, partySize } of pool.arrivals()) {
      if (this.#latest.length < RECENT) this.#latest.push(at);
      else if (!hasChanged) break;
      if (place-- > until) continue;
      players += partySize;
      if (ratings.push(rating) === REMEMBERED) break;
    }
    if (!hasChanged) return false;
    this.#ratings = Float64Array.from(ratings).sort();
    this.#meanSize = ratings.length > 0 ? players / ratings.length : 1;
    return true;
  }

  /** How many players came with a ticket, on average. */
  get meanSize(): number {
    return this.#meanSize;
  }

  /**
   * What waiting on would save two of these ratings, per arrival that is remembered, in rating points: the harmonic mean
   * of what each of them would save if whoever was remembered came by once. `Infinity` where no number can say it.
   *
   * Two with another between them never save less than the other and either of them, in whatever way numbers are
   * rounded; so whoever may meet may also meet the nearest.
   */
  savings(one: number, other: number): number {
    const gap = Math.abs(one - other);
    if (gap === 0) return 0;
    if (gap === Infinity) return Infinity;
    const saved = this.saved(one, gap);
    return saved === 0 ? 0 : 2 / (1 / saved + 1 / this.saved(other, gap));
  }

  /**
   * The savings that are worth the waiting of one: it pays to wait for more. It grows while nobody comes, and shrinks when
   * somebody does.
   */
  worth(pointsPerSecond: number, now: Millis): number {
    const latest = this.#latest;
    if (latest.length === 0) return 0;
    // An instant lasts a millisecond: many may come in one, and yet not infinitely many a second.
    const last = Math.max(1, now + 1 - (latest[0] as Millis));
    const first = Math.max(1, now + 1 - (latest.at(-1) as Millis));
    const perArrival = Math.max(first / latest.length, last / SILENCE);
    return (pointsPerSecond * this.#ratings.length * perArrival) / 1_000;
  }

  /** The first instant from `now` on at which it no longer pays to wait for these savings, if nobody comes. */
  paysUntil(savings: number, pointsPerSecond: number, now: Millis): Millis {
    const latest = this.#latest;
    if (savings === Infinity || latest.length === 0) return Infinity;
    const perArrival = (1_000 * savings) / (pointsPerSecond * this.#ratings.length);
    const guess = Math.min(
      (latest[0] as Millis) + perArrival * SILENCE - 1,
      (latest.at(-1) as Millis) + perArrival * latest.length - 1,
    );
    return firstWhole(guess, now, (at) => this.worth(pointsPerSecond, at) >= savings);
  }

  /** How far the other may be for one of this rating to save so much and no more. */
  reach(rating: number, savings: number): number {
    const ratings = this.#ratings;
    let above = this.#from(rating);
    let below = above - 1;
    let sum = 0;
    for (let seen = 0; ; seen++) {
      const down = below >= 0 ? rating - (ratings[below] as number) : Infinity;
      const up = above < ratings.length ? (ratings[above] as number) - rating : Infinity;
      const next = Math.min(down, up);
      if (next === Infinity || seen * next - sum > savings) {
        return seen === 0 ? next : Math.max(0, (savings + sum) / seen);
      }
      sum += next;
      if (down <= up) below--;
      else above++;
    }
  }

  /** What one of this rating would save against another at this distance, if all who are remembered came by. */
  saved(rating: number, gap: number): number {
    const ratings = this.#ratings;
    let sum = 0;
    const end = ratings.length;
    for (let index = this.#from(rating - gap); index < end; index++) {
      const nearer = gap - Math.abs(rating - (ratings[index] as number));
      if (nearer > 0) sum += nearer;
      else if ((ratings[index] as number) > rating) break;
    }
    return sum;
  }

  /** The place of the first that is higher. */
  #from(rating: number): number {
    const ratings = this.#ratings;
    let low = 0;
    let high = ratings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ratings[middle] as number) <= rating) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** After how long somebody has waited enough for a gap, in ms. */
export function enoughFor(gap: number, pointsPerSecond: number): number {
  return (ENOUGH * 1_000 * gap) / pointsPerSecond;
}

/** For how wide a gap somebody has waited enough. */
export function widthAfter(waitedMs: Millis, pointsPerSecond: number): number {
  return (waitedMs * pointsPerSecond) / (ENOUGH * 1_000);
}

/** The first whole number from `least` on at which something holds that holds ever after, near a guess that may be rounded. */
export function firstWhole(guess: number, least: Millis, holds: (at: Millis) => boolean): Millis {
  if (!(guess < Number.MAX_SAFE_INTEGER)) return Infinity;
  // Not step by step from far away, where somebody's clock is ahead of others'.
  if (holds(least)) return least;
  let at = Math.max(least, Math.ceil(guess));
  while (at > least && holds(at - 1)) at--;
  while (!holds(at)) at++;
  return at;
}
