import { Adaptive, blockList, type AdaptiveOptions } from "@evenmatch/core";
import { describe, it } from "vitest";
import {
  blockLists,
  changes,
  describeStrategy,
  encounters,
  opensLater,
  pools,
  type StrategyOptions,
} from "@evenmatch/testkit";

const notBefore = encounters({ maxNames: 6, withinMs: 1_500 });
const blocked = blockLists({ maxNames: 6 });

function hold(name: string, options: AdaptiveOptions, extras: Partial<StrategyOptions> = {}): void {
  const { teams = 2, teamSize = 1 } = options;
  const party = { maxPartySize: teamSize, ...(extras.attributes && { attributes: extras.attributes }) };
  describeStrategy(
    { describe, it },
    {
      name: `Adaptive ${name} at ${options.pointsPerSecond} points a second`,
      shape: { teams, teamSize },
      create: () => new Adaptive(options),
      lift: (...rules) =>
        rules.every((rule) => rule === "pointsPerSecond")
          ? new Adaptive({ ...options, pointsPerSecond: 1e200 })
          : undefined,
      tickets: pools({ ...party, maxTickets: Math.max(12, teams * teamSize + 2) }),
      changes: changes({ ...party, maxPauseMs: 300, maxChanges: Math.max(24, teams * teamSize * 3) }),
      numRuns: 50,
      ...extras,
    },
  );
}

for (const pointsPerSecond of [100, 3_000, 100_000]) {
  hold("2 × 2", { pointsPerSecond, teams: 2, teamSize: 2 });
  hold("2 × 3, no pairs", {
    pointsPerSecond,
    teams: 2,
    teamSize: 3,
    partySizes: [1, 3],
    uncertaintyWeight: 0.5,
  });
  hold("1 × 3", { pointsPerSecond, teams: 1, teamSize: 3 });
  hold("3 × 1", { pointsPerSecond, teams: 3 });
  hold(
    "2 × 2 with limits",
    { pointsPerSecond, teams: 2, teamSize: 2 },
    { limits: [opensLater(), blockList()], attributes: { notBefore, blockList: blocked } },
  );
}
hold("2 × 5", { pointsPerSecond: 20_000, teams: 2, teamSize: 5 }, { numRuns: 25 });
