import type * as nodeTest from "node:test";
import { defineStrategy, type Proposal, type Strategy, type Ticket } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import {
  describeStrategy,
  opensLater,
  encounters,
  strategyLaws,
  type StrategyOptions,
  type TestRunner,
} from "@evenmatch/testkit";
import { Explaining } from "./explaining.js";
import { relaxing } from "./relaxing.js";

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

/** As many triples as there are; who is left over plays in a pair. */
function threeElseTwo(tickets: readonly Ticket[]): Proposal[] {
  const proposals: Proposal[] = [];
  for (let index = 0; index + 1 < tickets.length; index += 3) {
    const teams = tickets.slice(index, index + 3).map((each) => [each]);
    proposals.push({ teams, quality: teams.length === 3 ? 1 : 0.5 });
  }
  return proposals;
}

const duel = { teams: 2, teamSize: 1 };

describe("describeStrategy", () => {
  it("makes a case of each law, named by its promise", () => {
    const create = (): Strategy => new Explaining();
    const { groups, cases } = collected({ name: "classic", create, shape: duel, forbids: () => undefined });
    expect(groups).toEqual(["classic keeps the laws of strategies"]);
    expect([...cases.keys()]).toEqual(strategyLaws.map(({ id, promise }) => `${id}: ${promise}`));
  });

  it("leaves out limits and explain where the strategy has none", () => {
    const { cases } = collected({ name: "relaxing", create: () => relaxing(), shape: duel });
    expect([...cases.keys()].filter((name) => /^(limits|explain)/.test(name))).toEqual([]);
    expect(cases.size).toBe(strategyLaws.length - 2);
  });

  it("has the law that limits hold where the queue has limits", () => {
    const { cases } = collected({
      name: "relaxing",
      create: () => relaxing(),
      shape: duel,
      limits: [opensLater()],
      attributes: { notBefore: encounters() },
    });
    expect([...cases.keys()].filter((name) => name.startsWith("limits"))).toHaveLength(1);
  });

  it("allows several numbers of teams", () => {
    const { cases } = collected({
      name: "either",
      create: () => defineStrategy({ propose: threeElseTwo }),
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
