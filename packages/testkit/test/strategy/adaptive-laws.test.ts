import { Adaptive, blockList } from "@evenmatch/core";
import {
  blockLists,
  changes,
  describeStrategy,
  encounters,
  opensLater,
  pools,
  type StrategyOptions,
} from "@evenmatch/testkit";
import { describe, it } from "vitest";

const notBefore = encounters({ maxNames: 6, withinMs: 1_500 });
const blocked = blockLists({ maxNames: 6 });
const settings = {
  "limits that open": { limits: [opensLater()], attributes: { notBefore } },
  "block lists": { limits: [blockList()], attributes: { blockList: blocked } },
  "all of these": { limits: [opensLater(), blockList()], attributes: { notBefore, blockList: blocked } },
};

/** From a price at which nearly nobody meets in the time that laws look at, to one at which nearly everybody does. */
for (const pointsPerSecond of [10, 1_000, 10_000, 100_000]) {
  const subject: StrategyOptions = {
    name: `Adaptive at ${pointsPerSecond} points a second`,
    create: () => new Adaptive({ pointsPerSecond }),
    shape: { teams: 2, teamSize: 1 },
    lift: (...rules) =>
      rules.every((rule) => rule === "pointsPerSecond")
        ? new Adaptive({ pointsPerSecond: 1e200 })
        : undefined,
    changes: changes({ maxPauseMs: 300 }),
  };
  describeStrategy({ describe, it }, subject);
  for (const [which, { limits, attributes }] of Object.entries(settings)) {
    describeStrategy(
      { describe, it },
      {
        ...subject,
        name: `${subject.name}, with ${which}`,
        limits,
        tickets: pools({ attributes }),
        changes: changes({ attributes, maxPauseMs: 300, expireWithinMs: 800 }),
      },
    );
  }
}
