import { describe, expect, it } from "vitest";
import { figuresOf, type Outcome } from "../../src/quality/outcome.js";
import { play } from "../../src/quality/play.js";
import { populations, traceOf } from "../../src/quality/populations.js";
import { rules } from "../../src/quality/rules.js";
import type { Play, Rule, Table } from "../../src/quality/rule.js";
import type { Trace } from "../../src/quality/trace.js";

const trace: Trace = {
  population: "few",
  seed: 0,
  at: Float64Array.of(0, 1_000, 5_000, 5_000, 8_000, 9_000),
  ratings: Float64Array.of(1_000, 1_500.5, 1_010, 1_700, 1_520, 1_400),
};

/** A rule as a few functions; it notes what happens. */
function scripted(due: readonly number[], on: (table: Table, now: number, who?: number) => void) {
  const seen: string[] = [];
  const rule: Rule = {
    name: "scripted",
    start: (table): Play => {
      const times = [...due];
      return {
        get due() {
          return times[0] ?? Infinity;
        },
        arrives(who, now) {
          seen.push(`${who} at ${now}`);
          on(table, now, who);
        },
        wakes(now) {
          seen.push(`woken at ${times.shift()!}`);
          on(table, now);
        },
      };
    },
  };
  return { rule, seen };
}

describe("playing a trace", () => {
  it("wakes a rule when it asks, before whoever arrives at that instant, and not after the last arrival", () => {
    const { rule, seen } = scripted([500, 5_000, 9_000, 9_001], () => {});
    play(rule, trace);
    expect(seen).toEqual([
      "0 at 0",
      "woken at 500",
      "1 at 1000",
      "woken at 5000",
      "2 at 5000",
      "3 at 5000",
      "4 at 8000",
      "woken at 9000",
      "5 at 9000",
    ]);
  });

  it("pairs whoever is left when the last one arrives, by rating, and counts everything", () => {
    const { rule } = scripted([6_000], (table, now, who) => {
      if (who === undefined) table.pair(2, 0, now);
    });
    const outcome = play(rule, trace);
    expect([...outcome.mates]).toEqual([2, 5, 0, 4, 3, 1]);
    expect([...outcome.matchedAt]).toEqual([6_000, 9_000, 6_000, 9_000, 9_000, 9_000]);
    expect(figuresOf(outcome, trace)).toEqual({
      cost: 10 + 100.5 + 180 + 10 * (6 + 8 + 1 + 4 + 1 + 0),
      meanGap: (10 + 100.5 + 180) / 3,
      meanWait: 20 / 6,
      p95Wait: 8,
      longestWait: 8,
      leftOver: 4,
    });
  });

  it.each([
    ["somebody who has not come", (table: Table, now: number) => table.pair(0, 1, now)],
    ["somebody twice", (table: Table, now: number) => [0, 0].forEach(() => table.pair(0, 1, now))],
    ["somebody with themselves", (table: Table, now: number) => table.pair(0, 0, now)],
    ["somebody at another time", (table: Table) => table.pair(0, 1, 123)],
    ["nobody", (table: Table, now: number) => table.pair(0, -1, now)],
  ])("refuses a rule that matches %s", (what, pair) => {
    const last = what.endsWith("come") ? 0 : 1;
    const { rule } = scripted([], (table, now, who) => who === last && pair(table, now));
    expect(() => play(rule, trace)).toThrow("scripted matched");
  });

  it("refuses a rule that wants to be woken in the past", () => {
    const { rule } = scripted([700, 600], () => {});
    expect(() => play(rule, trace)).toThrow("wanted to be woken at 600 ms when it was 700 ms");
  });
});

/** The cost by the plainest means: each player's own half of the gap, and their wait. */
function plainCost({ mates, matchedAt }: Outcome, { at, ratings }: Trace): number {
  let cost = 0;
  mates.forEach((mate, who) => {
    cost += Math.abs(ratings[who]! - ratings[mate]!) / 2 + ((matchedAt[who]! - at[who]!) / 1_000) * 10;
  });
  return cost;
}

describe.each(rules)("$name", (rule) => {
  it.each(populations)("matches everybody of $name once, when both are there", (population) => {
    const few = traceOf(population, 1, 200);
    const outcome = play(rule, few);
    outcome.mates.forEach((mate, who) => {
      expect(outcome.mates[mate]).toBe(who);
      expect(mate).not.toBe(who);
      expect(outcome.matchedAt[who]).toBeGreaterThanOrEqual(few.at[Math.max(who, mate)]!);
      expect(outcome.matchedAt[who]).toBeLessThanOrEqual(few.at[199]!);
    });
    expect(figuresOf(outcome, few).cost).toBeCloseTo(plainCost(outcome, few), 6);
  });
});
