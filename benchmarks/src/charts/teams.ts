import { Fifo, playersOf, Relaxation, TeamBalance, type Strategy } from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import { mean, percentile } from "../figures.js";
import { populations } from "../quality/populations.js";
import type { Trace } from "../quality/trace.js";
import type { Chart } from "./chart.js";
import { short, tracesOf, type Means } from "./play-all.js";
import { legend, Plot } from "./plot.js";
import { picture, text, type LookName } from "./svg.js";

/** What waiting buys in a team game. Gaps are spreads: the highest rating of a match less its lowest. */
export interface Teams {
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (Means & { readonly value: number })[];
  }[];
}

/** How many play together. */
interface Shape {
  readonly teams: number;
  readonly teamSize: number;
}

interface Curve {
  readonly name: string;
  readonly look: LookName;
  readonly values: readonly number[];
  readonly create: (value: number) => Strategy;
}

const five: Shape = { teams: 2, teamSize: 5 };
const two: Shape = { teams: 2, teamSize: 2 };
const spreads = [50, 100, 200, 400, 800, 1_600];

/** A spread that starts at 100 points and widens by so many a second. */
function wider(pointsPerSecond: number): Relaxation {
  return Relaxation.line({ from: 100, to: 2_000, overMs: 1_900_000 / pointsPerSecond });
}

const curves: readonly Curve[] = [
  {
    name: "5 v 5, maxRatingSpread",
    look: "orange",
    values: spreads,
    create: (maxRatingSpread) => new TeamBalance({ ...five, maxRatingSpread }),
  },
  {
    name: "5 v 5, from 100 points, more with each second",
    look: "green",
    values: [1, 2, 5, 10, 20, 50],
    create: (speed) => new TeamBalance({ ...five, maxRatingSpread: wider(speed) }),
  },
  {
    name: "2 v 2, maxRatingSpread",
    look: "blue",
    values: spreads,
    create: (maxRatingSpread) => new TeamBalance({ ...two, maxRatingSpread }),
  },
  {
    name: "2 v 2, from 100 points, more with each second",
    look: "purple",
    values: [2, 5, 10, 20, 50, 100],
    create: (speed) => new TeamBalance({ ...two, maxRatingSpread: wider(speed) }),
  },
  { name: "5 v 5, Fifo", look: "grey", values: [0], create: () => new Fifo(five) },
  { name: "2 v 2, Fifo", look: "red", values: [0], create: () => new Fifo(two) },
];

/** Waits and spreads of all who were matched; whoever is left when the trace ends is not counted. */
export function teamMeans(create: () => Strategy, traces: readonly Trace[]): Means {
  const waits: number[] = [];
  const gaps: number[] = [];
  for (const { at, ratings } of traces) {
    const driver = new Driver({
      strategy: create(),
      waveMs: Infinity,
      stopwatch: () => 0,
      onPass: ({ at: now, proposals }) => {
        for (const proposal of proposals) {
          const group = playersOf(proposal);
          const all = group.map(({ rating }) => rating);
          for (const { id } of group) {
            waits.push((now - at[Number(id)]!) / 1_000);
            gaps.push(Math.max(...all) - Math.min(...all));
          }
        }
      },
      onExpire: ({ id }) => {
        throw new Error(`${id} was given no time to leave`);
      },
      onError: (error) => {
        throw error;
      },
    });
    at.forEach((joinedAt, who) => {
      const players = [{ id: String(who), rating: ratings[who]! }];
      const id = `ticket-${String(who).padStart(6, "0")}`;
      driver.joined({ id, queue: "chart", region: "", players, joinedAt }, joinedAt);
    });
  }
  return { gap: short(mean(gaps)), wait: short(mean(waits)), p95: short(percentile(waits, 0.95)) };
}

export const teams: Chart<Teams> = {
  name: "wait-and-spread",
  measure: (effort) => {
    const traces = tracesOf(
      populations.find(({ name }) => name === "steady-1")!,
      effort,
    );
    return {
      lines: curves.map(({ name, values, create }) => ({
        name,
        points: values.map((value) => ({ value, ...teamMeans(() => create(value), traces) })),
      })),
    };
  },
  draw: ({ lines }) => {
    const plot = new Plot(
      { left: 60, top: 146, width: 770, height: 380 },
      { from: 1, to: 150, log: true, ticks: [1, 2, 5, 10, 20, 50, 100], title: "mean wait in seconds" },
      {
        from: 30,
        to: 1_200,
        log: true,
        ticks: [50, 100, 200, 500, 1_000],
        title: "mean spread of a match in rating points",
      },
    );
    const looks = new Map(curves.map(({ name, look }) => [name, look]));
    return picture(
      "Wait against spread in team games",
      [
        "Mean spread over mean wait at one player a second, both on logarithmic axes; down and left is better.",
        ...lines.map(({ name, points }) => {
          return `${name}: ${points.map(({ value, wait, gap }) => `${value} gives ${wait} s and ${gap} points`).join(", ")}.`;
        }),
      ].join(" "),
      578,
      [
        text("word", 20, 24, "1 player a second; ratings around 1500, give or take 300"),
        ...legend(
          52,
          curves.map(({ look, name }) => [look, name]),
        ),
        ...plot.axes(),
        ...lines.flatMap(({ name, points }) => {
          const look = looks.get(name)!;
          return [
            ...plot.line(
              look,
              points.map(({ wait, gap }) => [wait, gap]),
            ),
            ...plot.labels(
              look,
              points
                .filter(({ value }) => value > 0)
                .map(({ value, wait, gap }) => [wait, gap, String(value)]),
            ),
          ];
        }),
      ],
    );
  },
};
