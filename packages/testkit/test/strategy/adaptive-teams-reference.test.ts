import { Adaptive, ticketsOf, type AdaptiveOptions, type Limits, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BUILT_AT,
  changes,
  encounters,
  newSeed,
  opensLater,
  ticket,
  type TimedChange,
} from "@evenmatch/testkit";
import { everyMillisecond } from "./every-millisecond.js";
import { everyGroup, idsOf } from "./every-team.js";
import { PlainTraffic } from "./plain-traffic.js";

const seed = newSeed() | 0;

type Teams = Required<Pick<AdaptiveOptions, "pointsPerSecond" | "teams" | "teamSize">>;

/** Drives a pool through changes and holds every millisecond against the rule. Returns how many matches formed. */
function holds(options: Teams, limits: Limits | undefined, all: readonly TimedChange[]): number {
  const { teams, teamSize, pointsPerSecond } = options;
  const traffic = new PlainTraffic(pointsPerSecond);
  const waiting = new Map<string, Ticket>();
  let matched = 0;
  let met: string[][] = [];
  everyMillisecond(all, {
    strategy: new Adaptive(options),
    limits,
    restMs: 200,
    join: (one) => {
      waiting.set(one.id, one);
      traffic.join(one);
    },
    end: (id) => waiting.delete(id),
    onPass: (proposals) => met.push(...idsOf(proposals.map(ticketsOf))),
    compare: (now) => {
      if (waiting.size === 0) return;
      const worth = 0.7 * teams * teamSize * traffic.worth(now);
      const groups = everyGroup([...waiting.values()], {
        teams,
        teamSize,
        limits,
        now,
        allows: ([oldest], spread) =>
          traffic.saved(oldest!, spread) <= worth / traffic.meanSize() ||
          traffic.hasWaited(oldest!, spread, now),
      });
      expect(met, `at ${now - BUILT_AT} ms`).toEqual(idsOf(groups));
      for (const { id } of groups.flat()) waiting.delete(id);
      matched += groups.length;
      met = [];
    },
  });
  return matched;
}

const attributes = { notBefore: encounters({ withinMs: 900 }) };
const limits = opensLater().together([opensLater()]);

/** So many arrivals that old ones are forgotten, and the memory changes by epochs. */
const long = fc
  .array(
    fc.record({
      pause: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 })),
      rating: fc.oneof(
        fc.integer({ min: 1_400, max: 1_600 }),
        fc.integer({ min: 0, max: 20 }).map((n) => n * 150),
      ),
      size: fc.constantFrom(1, 1, 2),
    }),
    { minLength: 650, maxLength: 700, size: "max" },
  )
  .map((all): TimedChange[] => {
    let at = BUILT_AT;
    return all.map(({ pause, rating, size }, index) => {
      at += pause;
      const players = Array.from({ length: size }, (_, nth) => ({ id: `p${index}-${nth}`, rating }));
      return { type: "joined", at, ticket: ticket({ id: `t${index}`, joinedAt: at, players }) };
    });
  });

describe(`Adaptive with teams beside its rule in plain words, seed ${seed}`, () => {
  // Odd prices, so that nothing is worth exactly what it costs and rounding does not decide.
  for (const pointsPerSecond of [3_777.7, 20_321.3]) {
    for (const [teams, teamSize] of [
      [2, 2],
      [3, 1],
      [1, 3],
    ] as const) {
      for (const which of [undefined, limits]) {
        const name = `${teams} × ${teamSize} at ${pointsPerSecond}`;
        it(`${name}, ${which ? "with limits" : "without limits"}`, () => {
          const short = changes({
            maxPartySize: teamSize,
            maxChanges: 14,
            maxPauseMs: 150,
            expireWithinMs: 500,
            attributes,
          });
          let matched = 0;
          fc.assert(
            fc.property(short, (all) => {
              matched += holds({ teams, teamSize, pointsPerSecond }, which, all);
            }),
            { seed, numRuns: 30 },
          );
          expect(matched).toBeGreaterThan(3);
        });
      }
    }
  }

  it("when hundreds have come", () => {
    fc.assert(
      fc.property(long, (all) => {
        const options = { teams: 2, teamSize: 2, pointsPerSecond: 40_321.3 };
        expect(holds(options, undefined, all)).toBeGreaterThan(150);
      }),
      { seed, numRuns: 1, endOnFailure: true },
    );
  });
});
