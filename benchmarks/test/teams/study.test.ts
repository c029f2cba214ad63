import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/arguments.js";
import { populations } from "../../src/quality/populations.js";
import { parseTeams } from "../../src/teams/arguments.js";
import { judged, settings } from "../../src/teams/family.js";
import type { Figures } from "../../src/teams/outcome.js";
import { settingsTable, verdictTable } from "../../src/teams/report.js";
import { COLD, scoresOf, smallScoresOf, type Score } from "../../src/teams/score.js";
import { shapes } from "../../src/teams/shapes.js";
import { nearest } from "../../src/teams/small.js";
import { against, againstTuned, atEqualWaiting, bestForAll, summariesOf } from "../../src/teams/summary.js";
import { better, meanOf, reported } from "../../src/teams/verdicts.js";

function score(setting: string, seed: number, meanWait: number, meanSpread: number): Score {
  const figures: Figures = {
    meanSpread,
    meanImbalance: 10,
    meanWait,
    p95Wait: 20,
    longestWait: 30 + seed,
    leftOver: 4,
    cost: meanSpread / 2 + 10 * meanWait,
  };
  return { population: "steady-1", shape: "2x2", seed, setting, figures };
}

/** Two settings, and what is judged between them, on some seeds. */
const scores = (spreads: readonly number[]): Score[] =>
  spreads.flatMap((spread, seed) => [
    score(judged.name, seed, 10, spread),
    score("fast", seed, 5, 300),
    score("slow", seed, 15, 200),
  ]);

describe("teams at equal waiting", () => {
  it("compares with the frontier of all seeds together", () => {
    const found = atEqualWaiting(scores([200, 220, 240]));
    expect(found).toMatchObject({ ours: 220, reference: 250, within: undefined });
    expect(found.ratio).toBeCloseTo(0.88, 12);
  });

  it("has the interval of a mean where the reference is the same for all seeds", () => {
    const { ratio, within } = atEqualWaiting(scores([200, 225, 250, 275, 300]));
    expect(ratio).toBeCloseTo(1, 12);
    // By the table of Student's t: 2.776 for four degrees of freedom.
    expect(within).toBeCloseTo((2.776 * Math.sqrt(0.025)) / Math.sqrt(5), 2);
  });

  it("throws where no setting is as fast, rather than praise us", () => {
    const slower = scores([200]).filter(({ setting }) => setting !== "fast");
    expect(() => atEqualWaiting(slower)).toThrow("no setting waits as little as 10 s");
  });

  it("compares costs with the best setting of a population, and with the best for all", () => {
    const some = scores([200]);
    expect(againstTuned(some)).toMatchObject({ ours: 200, reference: 200 });
    expect(against("slow", some)).toMatchObject({ ours: 200, reference: 250 });
    expect(bestForAll([summariesOf(some), summariesOf(some)])).toBe("fast");
  });

  it("judges what is below 1, and nothing else", () => {
    const ratio = (value: number) => ({ ours: value, reference: 1, ratio: value, within: 0.03 });
    expect(better("row", ratio(0.999))).toMatchObject({ state: "ok", goal: "< 1 ×" });
    expect(better("row", ratio(1))).toMatchObject({ state: "missed" });
    expect(reported("row", ratio(1))).toMatchObject({ state: "reported" });
    const both = meanOf([ratio(0.9), { ...ratio(1.1), within: 0.04 }]);
    expect(both.ratio).toBeCloseTo(1, 12);
    expect(both.within).toBeCloseTo(0.025, 12);
    expect(meanOf([{ ...ratio(1), within: undefined }]).within).toBeUndefined();
    const lines = verdictTable([better("first", ratio(0.5)), reported("second", ratio(2), "line")]).split(
      "\n",
    );
    expect(lines[0]).toMatch(/^row +ours +reference +ratio +95 % +reference is +goal +ok$/);
    expect(lines[1]).toMatch(/^first +0.5 +1 +0.500 +± 0.030 +< 1 × +yes$/);
    expect(lines[2]).toMatch(/^second +2 +1 +2.000 +± 0.030 +line$/);
  });
});

describe("the whole yardstick of teams, on small traces", () => {
  const few = settings.filter(({ name }) =>
    [judged.name, "unbounded", "line-100+5", "line-50+1"].includes(name),
  );

  it.each(shapes)("plays settings of $name, and finds where we are on the frontier", ({ name: shape }) => {
    const played = scoresOf({ population: "steady-1", shape, seed: 1, kind: "long" }, 200, few);
    expect(played.map(({ setting }) => setting)).toEqual(few.map(({ name }) => name));
    const { ratio } = atEqualWaiting(played);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
    expect(settingsTable(summariesOf(played)).split("\n")).toHaveLength(few.length + 1);
  });

  it("finds nobody below the optimum", () => {
    const played = smallScoresOf({ population: "steady-1", shape: "2x2-parties", seed: 1, kind: "small" }, 1);
    expect(played.map(({ setting }) => setting)).toEqual([...settings.map(({ name }) => name), COLD]);
    expect(played.every(({ ratio, cost, optimum }) => ratio >= 1 && cost >= optimum)).toBe(true);
    const { warm, cold, balanced } = nearest(played);
    expect([warm.setting, cold.setting]).toEqual([judged.name, COLD]);
    const others = played.filter(({ setting }) => setting !== judged.name && setting !== COLD);
    expect(balanced.ratio).toBe(Math.min(...others.map(({ ratio }) => ratio)));
  });
});

describe("the command line of teams", () => {
  const parsed = (line: string) => parseTeams(line.split(" ").filter(Boolean));

  it("takes everything that is not frozen, with the seeds of the report", () => {
    const study = parsed("teams");
    expect(study.populations.map(({ name }) => name)).toEqual([
      "steady-0.2",
      "steady-1",
      "steady-5",
      "swinging",
    ]);
    expect(study).toMatchObject({ shapes, json: false });
    expect([study.seeds.length, study.seeds[0], study.seeds.at(-1)]).toEqual([5, 101, 105]);
  });

  it("takes seeds, any population, a shape and --json", () => {
    const study = parsed("--json teams --seeds 1-5 --population step --shape 2x5");
    expect(study.seeds).toEqual([1, 2, 3, 4, 5]);
    expect(study.populations).toEqual([populations.at(-1)]);
    expect(study.shapes.map(({ name }) => name)).toEqual(["2x5"]);
    expect(study.json).toBe(true);
  });

  it.each([
    ["teams core", 'What is "core"?'],
    ["teams --only 2x2", "Unknown option --only."],
    ["teams --shape", "--shape needs a value."],
    ["teams --shape 3x3", 'There is no shape "3x3"; there are 2x2, 2x2-parties, 2x5, 2x5-parties.'],
    ["teams --population moon", 'There is no population "moon"'],
    ["teams --seeds 9-1", 'Seeds are 7 or 1-20, not "9-1".'],
  ])("refuses “%s”", (line, message) => {
    expect(() => parsed(line)).toThrow(UsageError);
    expect(() => parsed(line)).toThrow(message);
    expect(() => parsed(line)).toThrow("Usage: npm run bench -- teams [--seeds <from>-<to>] [--population");
  });
});
