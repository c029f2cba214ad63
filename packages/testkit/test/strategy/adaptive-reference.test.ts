import { Adaptive, byAge, ratingOf, ticketsOf, type Limits, type Millis, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BUILT_AT,
  changes,
  encounters,
  newSeed,
  opensLater,
  playerIds,
  ticket,
  type TimedChange,
} from "@evenmatch/testkit";
import { everyMillisecond, nameOf } from "./every-millisecond.js";
import { PlainTraffic } from "./plain-traffic.js";

const seed = newSeed() | 0;

/** The rule in its plainest words, over all pairs: nothing is taken from the library. */
class PlainRule {
  readonly #waiting = new Set<Ticket>();
  readonly #traffic: PlainTraffic;

  constructor(
    pointsPerSecond: number,
    private readonly limits: Limits | undefined,
  ) {
    this.#traffic = new PlainTraffic(pointsPerSecond);
  }

  join(one: Ticket): void {
    this.#waiting.add(one);
    this.#traffic.join(one);
  }

  end(id: string): void {
    for (const each of this.#waiting) if (each.id === id) this.#waiting.delete(each);
  }

  /** Takes out who meets now. */
  pass(now: Millis): string[] {
    const names: string[] = [];
    for (let pair = this.#first(now); pair; pair = this.#first(now)) {
      names.push(nameOf(...pair));
      for (const { id } of pair) this.end(id);
    }
    return names.sort();
  }

  #first(now: Millis): [Ticket, Ticket] | undefined {
    let best: { pair: [Ticket, Ticket]; keys: (Ticket | number)[] } | undefined;
    const all = [...this.#waiting].sort(byAge);
    for (const [index, one] of all.entries()) {
      for (const other of all.slice(index + 1)) {
        if (this.#nearest(one, other, now) !== other || this.#nearest(other, one, now) !== one) continue;
        const gap = Math.abs(ratingOf(one) - ratingOf(other));
        const [first, second] = [one, other].map((each) => this.#traffic.saved(each, gap));
        const savings = 2 / (1 / first! + 1 / second!);
        // Written as the library rounds: the two sides are often equal.
        const pays = savings / 1.25 > this.#traffic.worth(now);
        // The first of the two is the older.
        if (pays && !this.#traffic.hasWaited(one, gap, now)) continue;
        const keys = [savings, gap, one, other];
        if (!best || isBefore(keys, best.keys)) best = { pair: [one, other], keys };
      }
    }
    return best?.pair;
  }

  /** Whom one may meet who is nearest on the side of another; of those equally near the oldest. */
  #nearest(one: Ticket, aside: Ticket, now: Millis): Ticket | undefined {
    const isUp = byRating(one, aside) < 0;
    const gap = (other: Ticket): number => Math.abs(ratingOf(one) - ratingOf(other));
    const [nearest] = [...this.#waiting]
      .filter((other) => other !== one && byRating(one, other) < 0 === isUp)
      .filter((other) => !this.limits || this.limits.between(one, other) <= now)
      .sort((first, second) => gap(first) - gap(second) || byAge(first, second));
    return nearest;
  }
}

function byRating(one: Ticket, other: Ticket): number {
  return ratingOf(one) - ratingOf(other) || byAge(one, other);
}

function isBefore(one: (Ticket | number)[], other: (Ticket | number)[]): boolean {
  for (const [index, key] of one.entries()) {
    const by = typeof key === "number" ? key - (other[index] as number) : byAge(key, other[index] as Ticket);
    if (by !== 0) return by < 0;
  }
  return false;
}

/** Drives a pool through changes and holds every millisecond against the rule. Returns how many met. */
function holds(pointsPerSecond: number, limits: Limits | undefined, all: readonly TimedChange[]): number {
  const rule = new PlainRule(pointsPerSecond, limits);
  let matched = 0;
  let met: string[] = [];
  everyMillisecond(all, {
    strategy: new Adaptive({ pointsPerSecond }),
    limits,
    restMs: 200,
    join: (one) => rule.join(one),
    end: (id) => rule.end(id),
    onPass: (proposals) => {
      for (const proposal of proposals) {
        const [one, other] = ticketsOf(proposal);
        met.push(nameOf(one!, other!));
      }
    },
    compare: (now) => {
      expect(met.sort(), `at ${now - BUILT_AT} ms`).toEqual(rule.pass(now));
      matched += met.length;
      met = [];
    },
  });
  return matched;
}

const attributes = { notBefore: encounters({ withinMs: 900 }) };
const short = changes({ maxChanges: 16, maxPauseMs: 200, expireWithinMs: 500, attributes });
const limits = opensLater().together([opensLater()]);

/** So many arrivals that old ones are forgotten, and the memory changes by epochs. */
const long = fc
  .array(
    fc.record({
      pause: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 })),
      rating: fc.oneof(
        fc.integer({ min: 1_400, max: 1_600 }),
        fc.integer({ min: 0, max: 40 }).map((n) => n * 75),
      ),
      notBefore: fc.dictionary(playerIds(), fc.integer({ min: BUILT_AT, max: BUILT_AT + 2_000 }), {
        noNullPrototype: true,
      }),
    }),
    { minLength: 700, maxLength: 800, size: "max" },
  )
  .map((all): TimedChange[] => {
    let at = BUILT_AT;
    return all.map(({ pause, rating, notBefore }, index) => {
      at += pause;
      const players = [{ id: `p${index}-0`, rating, attributes: { notBefore } }];
      return { type: "joined", at, ticket: ticket({ id: `t${index}`, joinedAt: at, players }) };
    });
  });

describe(`Adaptive beside its rule in plain words, seed ${seed}`, () => {
  for (const pointsPerSecond of [500, 20_000, 300_000]) {
    for (const which of [undefined, limits]) {
      it(`at ${pointsPerSecond} points a second, ${which ? "with limits" : "without limits"}`, () => {
        let matched = 0;
        fc.assert(
          fc.property(short, (all) => {
            matched += holds(pointsPerSecond, which, all);
          }),
          { seed, numRuns: 60 },
        );
        expect(matched).toBeGreaterThan(20);
      });
    }
  }

  for (const which of [undefined, limits]) {
    it(`when hundreds have come, ${which ? "with limits" : "without limits"}`, () => {
      fc.assert(
        fc.property(long, (all) => {
          expect(holds(20_000, which, all)).toBeGreaterThan(200);
        }),
        { seed, numRuns: 3, endOnFailure: true },
      );
    });
  }
});
