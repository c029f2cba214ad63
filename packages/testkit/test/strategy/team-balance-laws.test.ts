import {
  defineLimit,
  Relaxation,
  ratingOf,
  TeamBalance,
  ticketsOf,
  type Millis,
  type Proposal,
  type TeamBalanceOptions,
} from "@evenmatch/core";
import fc from "fast-check";
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
import { block } from "./explaining.js";

interface Extras extends Partial<StrategyOptions> {
  /** In place of the ratings of `players()`. */
  readonly ratings?: fc.Arbitrary<number>;
  /** In place of the pauses of `changes()`. */
  readonly maxPauseMs?: Millis;
}

function hold(
  name: string,
  options: TeamBalanceOptions,
  { maxPauseMs = 200, ratings, ...extras }: Extras = {},
): void {
  const { teams, teamSize, maxRatingSpread } = options;
  const spread =
    maxRatingSpread instanceof Relaxation ? maxRatingSpread : Relaxation.constant(maxRatingSpread);
  const party = {
    maxPartySize: teamSize,
    ...(ratings && { players: fc.record({ rating: ratings }) }),
    ...(extras.attributes && { attributes: extras.attributes }),
  };
  describeStrategy(
    { describe, it },
    {
      name: `TeamBalance ${name}`,
      shape: { teams, teamSize },
      create: () => new TeamBalance(options),
      lift: () => new TeamBalance({ ...options, maxRatingSpread: Number.MAX_VALUE }),
      forbids: (proposal, now) => {
        const allowed = Math.max(...ticketsOf(proposal).map(({ joinedAt }) => spread.at(now - joinedAt)));
        return spreadOf(proposal) > allowed ? `a spread of ${spreadOf(proposal)}, not ${allowed}` : undefined;
      },
      tickets: pools({ ...party, maxTickets: Math.max(12, teams * teamSize + 2) }),
      changes: changes({ ...party, maxPauseMs, maxChanges: Math.max(24, teams * teamSize * 3) }),
      ...extras,
    },
  );
}

function spreadOf(proposal: Proposal): number {
  const ratings = ticketsOf(proposal).map(ratingOf);
  return Math.max(...ratings) - Math.min(...ratings);
}

/** At most three players of a match may be called by an even number: a limit on all of them, and on no two. */
const fewEven = defineLimit({
  rule: "fewEven",
  among: (players) => players.filter(({ id }) => /[02468]$/.test(id.split("-")[0] ?? "")).length <= 3,
  bound: 3,
});

const steps = Relaxation.steps({ from: 50, by: 25, everyMs: 60, upTo: 400 });
const line = Relaxation.line({ from: 0, to: 500, overMs: 400 });
const unbounded = Relaxation.steps({ from: 50, by: 25, everyMs: 60 });
const endless = Relaxation.curve((waitedMs) => (waitedMs < 100 ? 50 : waitedMs < 300 ? 200.5 : Infinity));

hold("2 × 2", { teams: 2, teamSize: 2, maxRatingSpread: 100 });
const few = fc.constantFrom(1_400, 1_500, 1_500.5);
hold("2 × 2 within 0", { teams: 2, teamSize: 2, maxRatingSpread: 0 }, { ratings: few });
hold("3 × 3", { teams: 3, teamSize: 3, maxRatingSpread: 250 });
hold("2 × 4", { teams: 2, teamSize: 4, maxRatingSpread: 300, uncertaintyWeight: 0.5 });
hold("2 × 5", { teams: 2, teamSize: 5, maxRatingSpread: 300 }, { numRuns: 60 });
hold("1 × 3", { teams: 1, teamSize: 3, maxRatingSpread: 100 });
hold("5 × 1", { teams: 5, teamSize: 1, maxRatingSpread: 150 });

hold("2 × 2 in steps", { teams: 2, teamSize: 2, maxRatingSpread: steps });
hold("2 × 2 on a line", { teams: 2, teamSize: 2, maxRatingSpread: line });
hold("2 × 3 without a bound", { teams: 2, teamSize: 3, maxRatingSpread: unbounded });
hold("3 × 1 on a curve", { teams: 3, teamSize: 1, maxRatingSpread: endless });

const blocked = blockLists({ maxPartySize: 3 });
const notBefore = encounters({ maxPartySize: 3 });
const both = { limits: [opensLater(), block], attributes: { notBefore, blocked } } as Extras;
hold("2 × 2 with limits", { teams: 2, teamSize: 2, maxRatingSpread: 100 }, both);
hold("2 × 3 with limits", { teams: 2, teamSize: 3, maxRatingSpread: 1_000 }, both);
hold("2 × 2 in steps, with limits", { teams: 2, teamSize: 2, maxRatingSpread: steps }, both);
hold("4 × 1 without a bound, with limits", { teams: 4, teamSize: 1, maxRatingSpread: unbounded }, both);
hold("2 × 3 with a limit on all", { teams: 2, teamSize: 3, maxRatingSpread: 300 }, { limits: [fewEven] });

/** So many, and so far apart, that a pass looks at a part of the pool. */
function holdAmongMany(name: string, options: TeamBalanceOptions, extras: Extras = {}): void {
  const players = fc.record({
    rating: fc.integer({ min: 0, max: 2_000 }),
    ...(extras.attributes && { attributes: fc.record(extras.attributes) }),
  });
  const party = { maxPartySize: options.teamSize, players };
  hold(`${name}, among many`, options, {
    ...extras,
    tickets: pools({ ...party, maxTickets: 60 }),
    changes: changes({ ...party, maxChanges: 120, maxPauseMs: 20, expireWithinMs: 400 }),
    numRuns: 15,
  });
}

const slow = Relaxation.steps({ from: 0, by: 20, everyMs: 100, upTo: 120 });
holdAmongMany("2 × 2", { teams: 2, teamSize: 2, maxRatingSpread: 60 });
holdAmongMany("2 × 3 in steps", { teams: 2, teamSize: 3, maxRatingSpread: slow });
holdAmongMany("3 × 1 in steps, with limits", { teams: 3, teamSize: 1, maxRatingSpread: slow }, both);
holdAmongMany("2 × 2 with limits", { teams: 2, teamSize: 2, maxRatingSpread: 80 }, both);
