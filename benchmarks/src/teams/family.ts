import { Adaptive, Relaxation, TeamBalance, type Strategy } from "@evenmatch/core";
import { POINTS_PER_SECOND } from "../quality/outcome.js";
import type { Shape } from "./shapes.js";

/** A strategy for teams with one choice of its options. */
export interface Setting {
  readonly name: string;
  readonly create: (shape: Pick<Shape, "teams" | "teamSize">) => Strategy;
}

/** What is judged: one setting for everything. */
export const judged: Setting = {
  name: "adaptive",
  create: ({ teams, teamSize }) => new Adaptive({ pointsPerSecond: POINTS_PER_SECOND, teams, teamSize }),
};

function balanced(name: string, maxRatingSpread: number | Relaxation): Setting {
  return { name, create: ({ teams, teamSize }) => new TeamBalance({ teams, teamSize, maxRatingSpread }) };
}

/** So much a line widens before it stops: whoever waits meets anybody in the end. */
const FAR = 3_000;

/** Where lines begin, and by how many points a second they widen. */
const LINES = [
  [[25], [1, 2, 5]],
  [
    [50, 100, 150, 200, 300, 400, 600],
    [1, 2, 5, 10],
  ],
  [[50, 100, 200], [20]],
] as const;

/** Where steps begin, which is by how much they widen, and after how many seconds. */
const STEPS = [
  [50, 10],
  [100, 20],
  [200, 30],
] as const;

/** `TeamBalance` with spreads that relax, from tight and slow to none at all. */
export const family: readonly Setting[] = [
  ...LINES.flatMap(([froms, speeds]) =>
    froms.flatMap((from) =>
      speeds.map((speed) => {
        const overMs = (1_000 * FAR) / speed;
        return balanced(`line-${from}+${speed}`, Relaxation.line({ from, to: from + FAR, overMs }));
      }),
    ),
  ),
  ...STEPS.map(([from, seconds]) =>
    balanced(
      `steps-${from}/${seconds}`,
      Relaxation.steps({ from, by: from, everyMs: 1_000 * seconds, upTo: FAR }),
    ),
  ),
  balanced("unbounded", Number.MAX_VALUE),
];

/** Everything that is played. */
export const settings: readonly Setting[] = [judged, ...family];
