import {
  Adaptive,
  Fifo,
  OneVsOne,
  RelaxingBlitz,
  SeededBracket,
  StrictOneVsOne,
  TeamBalance,
  ratingOf,
  type Proposal,
  type Strategy,
} from "@evenmatch/core";
import { figure } from "../report.js";
import type { Goal, Strength } from "../row.js";
import type { Sum } from "./reference.js";

/** The gap of the classic queue, in rating points. */
export const MAX_GAP = 100;

/** The spread of the queue for two against two, in rating points. */
export const MAX_SPREAD = 100;

/** The largest bracket. */
const SIZE = 32;

/** A strategy as its rows measure it. */
export interface Subject {
  readonly name: string;
  create(): Strategy;
  /** A program of `reference/` that makes the first pass by the same rule, and what it takes after the file. */
  readonly reference: readonly [program: string, ...args: (string | number)[]];
  /** A program that solves a simpler problem, whose time is noted besides, and in words what it does. */
  readonly simpler?: { readonly reference: Subject["reference"]; readonly words: string };
  /** What both sides have to agree on. */
  sum(proposals: readonly Proposal[]): Sum;
  /** The same in words. */
  words(sum: Sum): string;
  /** For a first pass over 100,000 tickets in six pools. */
  readonly goal: Goal;
  readonly strength?: Strength;
  /** Whether a crowd can wait although nobody is kept from anybody: some strategies match all in time. */
  readonly hasCrowds: boolean;
}

/** How slow a strategy may be beside a C++ program that sorts and pairs, as objects are made on the way. */
const THREE_TIMES: Goal = { of: "ratio", bound: "at most", limit: 3 };

/** The same where the rule itself computes more. */
const FOUR_TIMES: Goal = { of: "ratio", bound: "at most", limit: 4 };

/**
 * Where the C++ program has nothing to sort it is done in next to no time, and what it takes to make objects of
 * matches says nothing of the rule: the limit is for how long the event loop is held.
 */
const HELD: Goal = { of: "ours", bound: "at most", limit: 50 };

/** The C++ program splits, sorts and pairs the file in half of this; a slower machine or program proves nothing. */
export const cppStrength: Strength = { bound: "at most", limit: 9.4, known: 4.7 };

const pairs = {
  sum: gaps,
  words: ({ pairs: count, totalGap }: Sum) =>
    `${figure(count)} pairs with a total gap of ${figure(totalGap)}`,
};

/** A further strategy needs an entry here, and has all of the rows. */
export const subjects: readonly Subject[] = [
  {
    name: "one-vs-one",
    create: () => new OneVsOne({ maxRatingGap: MAX_GAP }),
    reference: ["one-vs-one", MAX_GAP],
    goal: THREE_TIMES,
    strength: cppStrength,
    hasCrowds: true,
    ...pairs,
  },
  {
    name: "strict-one-vs-one",
    create: () => new StrictOneVsOne({ maxRatingGap: MAX_GAP }),
    reference: ["passes", "strict", MAX_GAP],
    goal: THREE_TIMES,
    hasCrowds: true,
    ...pairs,
  },
  {
    // The gap does not widen before everybody has joined, so that all have the initial one.
    name: "relaxing-blitz",
    create: () => new RelaxingBlitz({ ratingGap: MAX_GAP, widenBy: 50, widenEveryMs: 3_600_000, upTo: 400 }),
    reference: ["passes", "blitz", MAX_GAP],
    goal: FOUR_TIMES,
    hasCrowds: true,
    ...pairs,
  },
  {
    name: "adaptive",
    create: () => new Adaptive({ pointsPerSecond: 10 }),
    reference: ["passes", "adaptive", 10],
    goal: FOUR_TIMES,
    hasCrowds: false,
    ...pairs,
  },
  {
    name: "fifo",
    create: () => new Fifo(),
    reference: ["passes", "fifo", 2],
    goal: HELD,
    hasCrowds: false,
    ...pairs,
  },
  {
    name: "seeded-bracket",
    create: () => new SeededBracket({ sizes: [8, 16, SIZE], fillMs: 3_600_000 }),
    reference: ["passes", "bracket", SIZE],
    sum: seeds,
    words: ({ pairs: count }) => `${figure(count)} brackets in the same order of seeds`,
    goal: HELD,
    hasCrowds: false,
  },
  {
    name: "team-balance",
    create: () => new TeamBalance({ teams: 2, teamSize: 2, maxRatingSpread: MAX_SPREAD }),
    reference: ["team-balance", MAX_SPREAD, "rule"],
    simpler: {
      reference: ["team-balance", MAX_SPREAD, "windows"],
      words: "plain windows of four neighbours, the best of three splits",
    },
    sum: spreads,
    words: ({ pairs: count, totalGap }) =>
      `${figure(count)} matches whose spreads and imbalances add up to ${figure(totalGap)}`,
    goal: FOUR_TIMES,
    strength: { bound: "at most", limit: 20, known: 10 },
    hasCrowds: true,
  },
];

function gaps(proposals: readonly Proposal[]): Sum {
  let totalGap = 0;
  for (const { teams } of proposals) {
    const [one, other] = teams.map((team) => ratingOf(team[0]!));
    totalGap += Math.abs(one! - other!);
  }
  return { pairs: proposals.length, totalGap };
}

/** The sum of rating × seed tells one order from another. */
function seeds(proposals: readonly Proposal[]): Sum {
  let totalGap = 0;
  for (const { teams } of proposals) {
    teams.forEach(([ticket], seed) => (totalGap += ratingOf(ticket!) * (seed + 1)));
  }
  return { pairs: proposals.length, totalGap };
}

/** How wide matches are, and how far apart the mean ratings of their two teams of two. */
function spreads(proposals: readonly Proposal[]): Sum {
  let totalGap = 0;
  for (const { teams } of proposals) {
    const [[a, b], [c, d]] = teams.map((team) => team.map(ratingOf)) as [[number, number], [number, number]];
    totalGap += Math.max(a, b, c, d) - Math.min(a, b, c, d) + Math.abs(a + b - c - d) / 2;
  }
  return { pairs: proposals.length, totalGap };
}
