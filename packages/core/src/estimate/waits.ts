import type { Millis } from "../clock.js";
import type { Estimate } from "../ticket/store.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";

/** A wait that is over: by a match, or because the ticket ended without one. */
interface Wait {
  readonly rating: number;
  readonly waitedMs: Millis;
  readonly isMatched: boolean;
  readonly endedAt: Millis;
}

/** How many waits a pool remembers, and for how long. */
const REMEMBERED = 1_024;
const RECENT = 3_600_000;

/** An estimate rests on so many waits, of those nearest in rating; with fewer matches than this it is a fallback. */
const NEAREST = 256;
const ENOUGH = 20;

/** The estimates that are held against what happens: at most one per so many ms, so many under way, so many results. */
const TEST_EVERY = 100;
const TESTS = 1_000;

/**
 * What a pool's owner has seen of waiting, and what it expects from it. Trade-off: it is remembered by the owner
 * alone, so a new owner begins with fallbacks.
 *
 * 1. Of the waits that ended within the last hour, at most 1,024, take the 256 nearest in rating (and whoever is as
 *    near): the rating band is as narrow as the experience allows.
 * 2. Whoever left or expired would have waited longer than that, nobody knows how long. The share that still waits
 *    after t is therefore estimated as Kaplan and Meier do ("Nonparametric estimation from incomplete observations",
 *    1958): the product, over the matches up to t, of 1 − 1 ÷ those who had waited as long.
 * 3. p50 and p90 are the first waits after which that share is at most a half and a tenth; the longest wait known
 *    where it never falls so far, and `Infinity` where nobody was matched.
 * 4. Now and then a joining ticket's own p90 is noted and compared with its wait: `held` is how often it was enough.
 *
 * Cost: O(1) to note a wait; an estimate sorts no more than 1,024 numbers.
 */
export class Waits {
  /** The last so many, in no order: a new one takes the place of the oldest. */
  readonly #waits: Wait[] = [];
  #ended = 0;
  /** Tickets whose p90 is held against what happens. */
  readonly #tested = new Map<string, Millis>();
  readonly #held: boolean[] = [];
  #compared = 0;
  #nextTest = Number.NEGATIVE_INFINITY;

  /** A ticket begins to wait. */
  joined(ticket: Ticket): void {
    const now = ticket.joinedAt;
    if (now < this.#nextTest || this.#tested.size >= TESTS) return;
    this.#nextTest = now + TEST_EVERY;
    const { basis, p90 } = this.estimate(ratingOf(ticket), now);
    if (basis === "observed") this.#tested.set(ticket.id, p90);
  }

  /** A ticket's wait is over: its match is settled. */
  matched(ticket: Ticket, at: Millis): void {
    this.#over(ticket, at, true);
  }

  /** A ticket ended without a match. */
  gone(ticket: Ticket, at: Millis): void {
    this.#over(ticket, at, false);
  }

  /** What somebody of this rating may expect who joins now. */
  estimate(rating: number, now: Millis): Estimate {
    const nearest = this.#near(rating, now).sort(
      (one, other) => one.waitedMs - other.waitedMs || Number(other.isMatched) - Number(one.isMatched),
    );
    const observed = nearest.filter(({ isMatched }) => isMatched).length;
    const held = this.#held;
    return {
      p50: quantile(nearest, observed, 0.5),
      p90: quantile(nearest, observed, 0.9),
      observed,
      basis: observed < ENOUGH ? "fallback" : "observed",
      held: held.length < ENOUGH ? undefined : held.filter(Boolean).length / held.length,
    };
  }

  /** The recent waits nearest in rating; a few more where several are equally near. */
  #near(rating: number, now: Millis): Wait[] {
    const recent = this.#waits.filter(({ endedAt }) => endedAt > now - RECENT);
    if (recent.length <= NEAREST) return recent;
    const gaps = Float64Array.from(recent, (wait) => Math.abs(wait.rating - rating));
    const widest = gaps.toSorted()[NEAREST - 1] as number;
    return recent.filter((_, index) => (gaps[index] as number) <= widest);
  }

  #over(ticket: Ticket, at: Millis, isMatched: boolean): void {
    const waitedMs = Math.max(0, at - ticket.joinedAt);
    this.#waits[this.#ended++ % REMEMBERED] = { rating: ratingOf(ticket), waitedMs, isMatched, endedAt: at };
    const p90 = this.#tested.get(ticket.id);
    if (p90 === undefined) return;
    this.#tested.delete(ticket.id);
    // Who leaves before the p90 would perhaps have been matched in time: that says nothing about it.
    if (isMatched || waitedMs > p90) this.#held[this.#compared++ % TESTS] = waitedMs <= p90;
  }
}

/** The first wait after which no more than 1 − q still wait; `waits` in order. */
function quantile(waits: readonly Wait[], observed: number, q: number): Millis {
  if (observed === 0) return Infinity;
  let waiting = 1;
  for (const [index, { waitedMs, isMatched }] of waits.entries()) {
    if (isMatched) waiting *= 1 - 1 / (waits.length - index);
    // A product of fractions: 0.1 may come out a little above itself.
    if (waiting <= 1 - q + 1e-9) return waitedMs;
  }
  return waits.at(-1)?.waitedMs ?? Infinity;
}
