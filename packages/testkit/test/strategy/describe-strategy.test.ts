import type * as nodeTest from "node:test";
import { Fifo, OneVsOne } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { describeStrategy, strategyLaws, type StrategyOptions, type TestRunner } from "@evenmatch/testkit";

/** What a runner is told to run. */
function collected(options: StrategyOptions): { groups: string[]; cases: Map<string, () => void> } {
  const groups: string[] = [];
  const cases = new Map<string, () => void>();
  const runner: TestRunner = {
    describe: (name, body) => {
      groups.push(name);
      body();
    },
    it: (name, body) => cases.set(name, body),
  };
  describeStrategy(runner, options);
  return { groups, cases };
}

const duel = { teams: 2, teamSize: 1 };

describe("describeStrategy", () => {
  it("makes a case of each law, named by its promise", () => {
    const create = (): OneVsOne => new OneVsOne({ maxRatingGap: 50 });
    const { groups, cases } = collected({ name: "classic", create, shape: duel, forbids: () => undefined });
    expect(groups).toEqual(["classic keeps the laws of strategies"]);
    expect([...cases.keys()]).toEqual(strategyLaws.map(({ id, promise }) => `${id}: ${promise}`));
  });

  it("leaves out limits where the strategy names none", () => {
    const { cases } = collected({ name: "fifo", create: () => new Fifo(), shape: duel });
    expect([...cases.keys()].filter((name) => name.startsWith("limits"))).toEqual([]);
    expect(cases.size).toBe(strategyLaws.length - 1);
  });

  it("allows several numbers of teams", () => {
    const { cases } = collected({
      name: "either",
      create: () => new Fifo({ teams: 3 }),
      shape: { teams: [2, 3], teamSize: 1 },
      numRuns: 20,
      seed: 1,
    });
    for (const run of cases.values()) run();
  });

  it("fits the runners of Vitest and of Node", () => {
    const runners: TestRunner[] = [{ describe, it }, {} as typeof nodeTest];
    expect(runners).toHaveLength(2);
  });
});
