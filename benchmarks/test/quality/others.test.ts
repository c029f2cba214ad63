import { Relaxation, RelaxingBlitz, type Strategy } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { seeded } from "../../src/core/traces.js";
import { others } from "../../src/quality/others/others.js";
import { fewestLeft } from "../../src/quality/others/waves.js";
import { ruleOf } from "../../src/quality/ours.js";
import { play } from "../../src/quality/play.js";
import { populations, traceOf } from "../../src/quality/populations.js";
import type { Trace } from "../../src/quality/trace.js";

const rule = (name: string) => others.find((one) => one.name === name)!;
const seeds = [1, 2, 3];
const traces = populations.flatMap((population) => seeds.map((seed) => traceOf(population, seed, 400)));

/** Everything that happens, at every millisecond: who waits, oldest first, with the newest just come. */
function everyMillisecond(trace: Trace, pairAt: (waiting: readonly number[], now: number) => number[]) {
  const mates = new Int32Array(trace.at.length).fill(-1);
  let waiting: number[] = [];
  let next = 0;
  const ask = (now: number): void => {
    for (let pair = pairAt(waiting, now); pair.length === 2; pair = pairAt(waiting, now)) {
      const [one, other] = pair as [number, number];
      mates[one] = other;
      mates[other] = one;
      waiting = waiting.filter((who) => who !== one && who !== other);
    }
  };
  for (let now = 0; now <= trace.at.at(-1)!; now++) {
    ask(now);
    for (; trace.at[next] === now; next++) {
      waiting.push(next);
      ask(now);
    }
  }
  return mates;
}

function gap(trace: Trace, one: number, other: number): number {
  return Math.abs(trace.ratings[one]! - trace.ratings[other]!);
}

describe("the rules of others", () => {
  it.each([
    [
      "window",
      () =>
        new RelaxingBlitz({
          ratingGap: Relaxation.line({ from: 100, to: 500, overMs: 40_000 }),
          wait: "longest",
        }),
    ],
    ["fixed-gap", () => new RelaxingBlitz({ ratingGap: Relaxation.constant(100), forceAfterMs: 60_000 })],
  ] satisfies [string, () => Strategy][])(
    "%s matches whom RelaxingBlitz matches with the same window",
    (name, create) => {
      for (const trace of traces) {
        const theirs = play(rule(name), trace);
        const same = play(ruleOf("same", create), trace);
        expect(theirs.mates, `${trace.population} ${trace.seed}`).toEqual(same.mates);
        expect(theirs.matchedAt).toEqual(same.matchedAt);
      }
    },
  );

  it("steps lets two meet who are so far apart once the older one has waited so long", () => {
    const trace = {
      population: "few",
      seed: 0,
      at: Float64Array.of(0, 3_000, 29_000, 70_000),
      ratings: Float64Array.of(0, 300, 900, 901),
    };
    expect([...play(rule("steps"), trace).matchedAt]).toEqual([30_000, 30_000, 70_000, 70_000]);
  });

  it("cost-balancing matches two in the first millisecond in which their waits balance their gap", () => {
    for (const seed of seeds) {
      const trace = traceOf(populations[2]!, seed, 120);
      const plain = everyMillisecond(trace, (waiting, now) => {
        const paid = (who: number) => (10 * (now - trace.at[who]!)) / 1_000;
        const balance = waiting.flatMap((one) =>
          waiting
            .filter((other) => one < other && paid(one) + paid(other) >= gap(trace, one, other))
            .map((other) => [one, other]),
        );
        return balance[0] ?? [];
      });
      const { mates, leftOver } = play(rule("cost-balancing"), trace);
      const matched = plain.reduce((sum, mate, who) => sum + (mate >= 0 && mate === mates[who] ? 1 : 0), 0);
      expect(matched).toBe(trace.at.length - leftOver);
    }
  });

  it("oldest-first asks everybody in the order of age, every 100 ms", () => {
    const trace = {
      population: "few",
      seed: 0,
      at: Float64Array.of(10, 20, 30, 40, 1_050, 9_990),
      ratings: Float64Array.of(0, 40, 45, 500, 557, 0),
    };
    const { mates, matchedAt } = play(rule("oldest-first"), trace);
    expect([...mates]).toEqual([1, 0, 5, 4, 3, 2]);
    expect([...matchedAt]).toEqual([100, 100, 9_990, 1_100, 1_100, 9_990]);
  });

  it("waves come at multiples of 7 s, and credit what both have missed", () => {
    const trace = {
      population: "few",
      seed: 0,
      at: Float64Array.of(0, 6_000, 6_000, 6_000, 40_000, 50_000),
      ratings: Float64Array.of(1_000, 1_100.5, 1_250, 1_300, 3_000, 100),
    };
    const { mates, matchedAt } = play(rule("waves"), trace);
    expect([...mates]).toEqual([1, 0, 3, 2, 5, 4]);
    expect([...matchedAt]).toEqual([14_000, 14_000, 7_000, 7_000, 50_000, 50_000]);
  });

  it("waves pair as many as they can, with the least score", () => {
    for (let seed = 0; seed < 300; seed++) {
      const chance = seeded(seed);
      const size = Math.floor(chance() * 9);
      const scores = Array.from({ length: size }, () =>
        Array.from({ length: size }, () => Math.floor(chance() * 60) - 30),
      );
      const score = (one: number, other: number) => {
        const points = scores[Math.min(one, other)]![Math.max(one, other)]!;
        return points > 10 ? undefined : points;
      };
      const mates = fewestLeft(size, score);
      let pairs = 0;
      let total = 0;
      mates.forEach((mate, one) => {
        expect(mates[mate]).toBe(one);
        if (mate <= one) return;
        pairs++;
        total += score(one, mate)!;
      });
      expect([pairs, total], `seed ${seed}`).toEqual(
        best(
          Array.from({ length: size }, (_, who) => who),
          score,
        ),
      );
    }
  });
});

/** The most pairs and their least total, by trying all. */
function best(
  waiting: readonly number[],
  score: (one: number, other: number) => number | undefined,
): [number, number] {
  const [first, ...rest] = waiting;
  if (first === undefined) return [0, 0];
  let found = best(rest, score);
  rest.forEach((other, place) => {
    const points = score(first, other);
    if (points === undefined) return;
    const [pairs, total] = best(rest.toSpliced(place, 1), score);
    if (pairs + 1 > found[0] || (pairs + 1 === found[0] && total + points < found[1]))
      found = [pairs + 1, total + points];
  });
  return found;
}
