import { Fifo, OneVsOne, type Strategy } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/arguments.js";
import { parseStudy } from "../../src/quality/arguments.js";
import { ruleOf } from "../../src/quality/ours.js";
import { play } from "../../src/quality/play.js";
import { populations, traceOf } from "../../src/quality/populations.js";
import { tableOf } from "../../src/quality/report.js";
import { rules } from "../../src/quality/rules.js";
import { scoresOf } from "../../src/quality/score.js";
import { summaryOf, type Score } from "../../src/quality/summary.js";
import { verdictsOf } from "../../src/quality/verdicts.js";

const names = rules.map(({ name }) => name);

function score(rule: string, ratio: number, seed: number, population = "steady-1"): Score {
  const figures = { meanGap: 50, meanWait: 2, p95Wait: 9, longestWait: 60 + seed, leftOver: 2 };
  return {
    population,
    seed,
    rule,
    arrivals: 200,
    optimum: 1_000,
    figures: { cost: 1_000 * ratio, ...figures },
  };
}

const summary = (rule: string, ratio: number, population?: string) =>
  summaryOf([score(rule, ratio, 1, population)]);

describe("the whole yardstick, on small traces", () => {
  it.each(populations)("finds no rule on $name that is better than the optimum", ({ name }) => {
    for (const seed of [1, 2, 3]) {
      const scores = scoresOf({ population: name, seed, rules: names }, 200);
      expect(scores.map(({ rule }) => rule)).toEqual(names);
      for (const { figures, optimum } of scores) expect(figures.cost).toBeGreaterThanOrEqual(optimum);
    }
  });

  it("sums up, judges and prints what it found", () => {
    const scores = [1, 2, 3, 4, 5].flatMap((seed) =>
      scoresOf({ population: "step", seed, rules: names }, 200),
    );
    const summaries = names.map((name) => summaryOf(scores.filter(({ rule }) => rule === name)));
    const verdicts = verdictsOf(summaries);
    expect(verdicts.map(({ name }) => name)).toEqual(names.map((name) => `step.${name}`));
    const lines = tableOf(summaries, verdicts).split("\n");
    expect(lines).toHaveLength(names.length + 1);
    expect(lines[0]).toMatch(/^rule +÷ optimum +95 % +gap +wait +p95 wait +longest +left over +goal/);
  });
});

describe("a summary", () => {
  it("has the mean ratio with its interval, and the longest wait of all", () => {
    const found = summaryOf([1.1, 1.2, 1.3, 1.4, 1.5].map((ratio, place) => score("window", ratio, place)));
    expect(found.ratio).toBeCloseTo(1.3, 12);
    // By the table of Student's t: 2.776 for four degrees of freedom.
    expect(found.within).toBeCloseTo((2.776 * Math.sqrt(0.025)) / Math.sqrt(5), 2);
    expect(found).toMatchObject({ cost: 13, optimum: 10, longestWait: 64, meanWait: 2 });
    expect(summary("window", 1.3).within).toBeUndefined();
  });

  it("has the interval of thirty seeds by the table, too", () => {
    const scores = Array.from({ length: 30 }, (_, place) => score("window", 1 + (place % 2), place));
    expect(summaryOf(scores).within).toBeCloseTo((2.0452 * Math.sqrt(7.5 / 29)) / Math.sqrt(30), 4);
  });
});

describe("the goals", () => {
  const judged = (ratio: number, rival: number, population = "steady-1") =>
    verdictsOf([
      summary("adaptive", ratio, population),
      summary("adaptive-new-owners", 1, population),
      summary("window", rival, population),
    ]);

  it.each([
    ["steady-0.2", 1.31],
    ["steady-1", 1.33],
    ["steady-5", 1.33],
    ["swinging", 1.33],
  ])("of %s are a limit of %d and to be better than every other rule", (population, limit) => {
    const [verdict] = judged(limit, 1.4, population);
    expect(verdict).toMatchObject({ name: `${population}.adaptive`, state: "ok", ratio: limit });
    expect(verdict!.goal).toBe(`≤ ${limit} ×, below every other rule`);
    expect(judged(limit + 0.001, 1.4, population)[0]!.state).toBe("missed");
    expect(judged(limit, limit, population)[0]!.state).toBe("missed");
  });

  it.each(["bimodal", "step"])(
    "of %s, which is frozen, are to be better than every other rule",
    (population) => {
      expect(judged(1.9, 2, population)[0]).toMatchObject({ goal: "below every other rule", state: "ok" });
      expect(judged(2, 1.9, population)[0]!.state).toBe("missed");
    },
  );

  it("are of one rule; the others are reported", () => {
    expect(judged(1.3, 1.4).map(({ state }) => state)).toEqual(["ok", "reported", "reported"]);
    expect(verdictsOf([summary("adaptive", 1.3, "step")])[0]!.state).toBe("reported");
    expect(verdictsOf([summary("adaptive", 1.34)])[0]).toMatchObject({ goal: "≤ 1.33 ×", state: "missed" });
  });
});

describe("the command line", () => {
  const parsed = (line: string) => parseStudy(line.split(" ").filter(Boolean));

  it("takes everything, with the seeds of the report", () => {
    const { seeds, json, ...rest } = parsed("quality");
    expect([seeds.length, seeds[0], seeds.at(-1), json]).toEqual([30, 101, 130, false]);
    expect(rest).toEqual({ populations, rules });
  });

  it("takes seeds, a population, a rule and --json", () => {
    const study = parsed("--json quality --seeds 1-20 --population step --only fifo");
    expect(study.seeds).toHaveLength(20);
    expect(study.populations.map(({ name }) => name)).toEqual(["step"]);
    expect(study.rules.map(({ name }) => name)).toEqual(["fifo"]);
    expect(study.json).toBe(true);
    expect(parsed("quality --seeds 7").seeds).toEqual([7]);
  });

  it.each([
    ["quality core", 'What is "core"?'],
    ["quality --jsn", "Unknown option --jsn."],
    ["quality --seeds", "--seeds needs a value."],
    ["quality --seeds --json", "--seeds needs a value."],
    ["quality --seeds 20-1", 'Seeds are 7 or 1-20, not "20-1".'],
    ["quality --seeds all", 'not "all"'],
    ["quality --seeds 1 --seeds 2", "--seeds is given twice."],
    ["quality --population moon", 'There is no population "moon"; there are steady-0.2'],
    ["quality --only moon", 'There is no rule "moon"; there are adaptive'],
  ])("refuses “%s”", (line, message) => {
    expect(() => parsed(line)).toThrow(UsageError);
    expect(() => parsed(line)).toThrow(message);
    expect(() => parsed(line)).toThrow("Usage: npm run bench -- quality [--seeds");
  });
});

describe("new owners", () => {
  const trace = traceOf(populations[0]!, 1, 400);

  it("begin anew every so often with who waits, and nothing else", () => {
    const seen: number[][] = [];
    const create = (): Strategy => {
      const sizes: number[] = [];
      seen.push(sizes);
      const strategy = new OneVsOne({ maxRatingGap: 100 });
      return {
        propose: (pool, now) => {
          sizes.push(pool.size);
          if (sizes.length === 1 && seen.length > 1) expect(pool.dirty.size).toBe(pool.size);
          return strategy.propose(pool, now);
        },
        nextChange: () => Infinity,
      };
    };
    play(ruleOf("with owners", create, 600_000), trace);
    expect(seen).toHaveLength(1 + Math.floor(trace.at.at(-1)! / 600_000));
    expect(seen.flat()).toHaveLength(400 + seen.length - 1);
    expect(seen.some(([first]) => first! > 1)).toBe(true);
  });

  it("change nothing for a strategy that remembers nothing", () => {
    for (const create of [() => new Fifo(), () => new OneVsOne({ maxRatingGap: 100 })])
      expect(play(ruleOf("one", create, 60_000), trace)).toEqual(play(ruleOf("other", create), trace));
  });
});
