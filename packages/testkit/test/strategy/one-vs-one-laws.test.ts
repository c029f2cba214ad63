import {
  blockList,
  differentAttribute,
  OneVsOne,
  ratingOf,
  StrictOneVsOne,
  ticketsOf,
  type Proposal,
} from "@evenmatch/core";
import {
  blockLists,
  changes,
  describeStrategy,
  encounters,
  labels,
  opensLater,
  pools,
  type StrategyOptions,
} from "@evenmatch/testkit";
import { describe, it } from "vitest";

/** All that pairs two within a gap: the classic way and the strict one. */
const strategies = { OneVsOne, StrictOneVsOne };

const notBefore = encounters({ maxNames: 6 });
const blocked = blockLists({ maxNames: 6 });
const role = labels(["tank", "healer", "healer"]);
/** Limits that open at an instant, limits that never do, and both; each with what players carry for them. */
const settings = {
  "limits that open": { limits: [opensLater()], attributes: { notBefore } },
  "block lists": { limits: [blockList()], attributes: { blockList: blocked } },
  "unlike roles alone": { limits: [differentAttribute("role")], attributes: { role } },
  "all of these": {
    limits: [opensLater(), blockList(), differentAttribute("role")],
    attributes: { notBefore, blockList: blocked, role },
  },
};

for (const [name, Pairs] of Object.entries(strategies)) {
  for (const maxRatingGap of [0, 50, 100, 1_000]) {
    const subject: StrategyOptions = {
      name: `${name} within ${maxRatingGap}`,
      create: () => new Pairs({ maxRatingGap }),
      shape: { teams: 2, teamSize: 1 },
      forbids: (proposal) => (gapOf(proposal) > maxRatingGap ? `a gap of ${gapOf(proposal)}` : undefined),
      lift: (...rules) =>
        rules.every((rule) => rule === "maxRatingGap")
          ? new Pairs({ maxRatingGap: Number.MAX_VALUE })
          : undefined,
    };
    describeStrategy({ describe, it }, subject);
    if (maxRatingGap === 0) continue;
    for (const [which, { limits, attributes }] of Object.entries(settings)) {
      describeStrategy(
        { describe, it },
        {
          ...subject,
          name: `${name} within ${maxRatingGap}, with ${which}`,
          limits,
          tickets: pools({ attributes }),
          changes: changes({ attributes, maxPauseMs: 200 }),
        },
      );
    }
  }
}

function gapOf(proposal: Proposal): number {
  const [low = 0, high = 0] = ticketsOf(proposal)
    .map(ratingOf)
    .sort((one, other) => one - other);
  return high - low;
}
