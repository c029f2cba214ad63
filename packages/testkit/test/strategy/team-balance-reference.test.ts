import { defineLimit, Relaxation, ticketsOf, type Limit, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockLists,
  BUILT_AT,
  encounters,
  newSeed,
  opensLater,
  pools,
  type AttributeArbitraries,
} from "@evenmatch/testkit";
import {
  allowedFor,
  costOf,
  deals,
  idsOf,
  imbalanceOf,
  propose,
  reference,
  type Case,
} from "./every-team.js";
import { block } from "./explaining.js";

const seed = newSeed() | 0;

/** Holds what is proposed against the rule, and each split against all there are. */
function compare(tickets: readonly Ticket[], options: Case): void {
  const proposals = propose(tickets, options);
  expect(idsOf(proposals.map(ticketsOf))).toEqual(idsOf(reference(tickets, options)));
  const { teams, teamSize, maxRatingSpread, uncertaintyWeight = 0, now } = options;
  for (const proposal of proposals) {
    const group = ticketsOf(proposal);
    const all = deals(
      group,
      Array.from({ length: teams }, () => []),
      teamSize,
    );
    const least = Math.min(...all.map((each) => costOf(each, uncertaintyWeight)));
    expect(costOf(proposal.teams, uncertaintyWeight)).toBeCloseTo(least, 6);
    const imbalance = imbalanceOf(proposal.teams);
    const allowed = allowedFor(group, maxRatingSpread, now);
    expect(proposal.quality).toBeCloseTo(imbalance === 0 ? 1 : Math.max(0, 1 - imbalance / allowed), 6);
  }
}

const limits: readonly Limit<never>[] = [opensLater(), block];
const attributes = {
  notBefore: encounters({ maxPartySize: 4 }),
  blocked: blockLists({ maxPartySize: 4 }),
} as AttributeArbitraries;
const checked = limits as readonly Limit[];
const together = checked[0]!.together(checked);

const spreads = fc.oneof(
  fc.constantFrom(0, 50, 100, 173.5, 1_000),
  fc.constantFrom(
    Relaxation.line({ from: 0, to: 500, overMs: 1_000 }),
    Relaxation.steps({ from: 50, by: 50, everyMs: 300 }),
  ),
);
const weights = fc.constantFrom(0, 0.3, 2);
const waits = fc.constantFrom(0, 1, 200, 1_000);

describe("TeamBalance against every group and every split there is", () => {
  it.each([
    [2, 1, 9],
    [2, 2, 9],
    [3, 2, 9],
    [2, 3, 9],
    [2, 4, 9],
    [3, 3, 10],
    [1, 3, 9],
    [4, 1, 9],
    [2, 5, 11],
  ])("forms the same groups, and splits as well, for %i × %i", (teams, teamSize, maxTickets) => {
    const party = { maxPartySize: teamSize, maxTickets };
    fc.assert(
      fc.property(
        pools(party),
        spreads,
        weights,
        waits,
        (tickets, maxRatingSpread, uncertaintyWeight, waited) => {
          const now = BUILT_AT + 1_000 + waited;
          compare(tickets, { teams, teamSize, maxRatingSpread, uncertaintyWeight, now });
        },
      ),
      { numRuns: 60, seed },
    );
  });

  it.each([
    [2, 2],
    [2, 3],
    [3, 2],
    [4, 1],
  ])("does so where limits keep some apart, for %i × %i", (teams, teamSize) => {
    const party = { maxPartySize: teamSize, maxTickets: 9, attributes };
    fc.assert(
      fc.property(pools(party), spreads, waits, (tickets, maxRatingSpread, waited) => {
        compare(tickets, { teams, teamSize, maxRatingSpread, now: BUILT_AT + waited, limits: together });
      }),
      { numRuns: 100, seed },
    );
  });

  it.each([
    [2, 2, 2],
    [2, 2, 1],
    [2, 3, 1],
    [1, 2, 1],
  ])(
    "does so where all ratings tie, and where hardly any do, for %i × %i with parties up to %i",
    (teams, teamSize, maxPartySize) => {
      const tied = fc.constantFrom(1_500, 1_500, 1_500, 1_501);
      // Between 0 and 1 differences are rounded, and windows tie that are not equally wide.
      const rating = fc.oneof(
        tied,
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.integer({ min: -2, max: 3 }),
      );
      const players = rating.map((each) => ({ rating: each }));
      fc.assert(
        fc.property(pools({ maxPartySize, maxTickets: 10, players }), spreads, (tickets, maxRatingSpread) => {
          compare(tickets, { teams, teamSize, maxRatingSpread, now: BUILT_AT + 1_000 });
        }),
        { numRuns: 100, seed },
      );
    },
  );
});

describe("TeamBalance among many", () => {
  /** Limits under which everybody may meet, and which it takes another way to keep. */
  const free = defineLimit({ rule: "free", between: () => true });
  const many = (maxPartySize: number, highest: number) =>
    pools({
      maxPartySize,
      maxTickets: 80,
      withinMs: 50,
      players: fc.integer({ min: 0, max: highest }).map((rating) => ({ rating })),
    });

  it.each([
    [2, 2, 2, 8],
    [2, 2, 1, 8],
    [2, 2, 2, 300],
    [2, 2, 1, 300],
    [2, 3, 3, 30],
    [2, 3, 1, 30],
    [3, 4, 4, 300],
    [2, 5, 5, 60],
    [2, 5, 1, 60],
    [6, 1, 1, 60],
  ])(
    "finds with windows what a search finds, for %i × %i, parties up to %i, over %i points",
    (teams, teamSize, largest, highest) => {
      fc.assert(
        fc.property(many(largest, highest), fc.constantFrom(0, 3, 20, 100), (tickets, maxRatingSpread) => {
          const options = { teams, teamSize, maxRatingSpread, now: BUILT_AT + 50 };
          const windows = propose(tickets, options).map(ticketsOf);
          const search = propose(tickets, { ...options, limits: free.together([free]) }).map(ticketsOf);
          expect(idsOf(search)).toEqual(idsOf(windows));
        }),
        { numRuns: 40, seed },
      );
    },
  );
});
