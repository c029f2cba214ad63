import { Adaptive, Fifo, playersOf, Relaxation, TeamBalance, type Strategy } from "@evenmatch/core";
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
    readonly teamSize: number;
    readonly points: readonly (Means & { readonly value: number })[];
  }[];
}

/** A setting turned from end to end, for teams of any size. */
interface Curve {
  readonly name: string;
  readonly look: LookName;
  readonly values: readonly number[];
  readonly isLeft: boolean;
  readonly create: (value: number, teamSize: number) => Strategy;
}

/** A spread that starts at 100 points and widens by so many a second. */
function wider(pointsPerSecond: number): Relaxation {
  return Relaxation.line({ from: 100, to: 2_000, overMs: 1_900_000 / pointsPerSecond });
}

const curves: readonly Curve[] = [
  {
    name: "Adaptive, pointsPerSecond",
    look: "blue",
    values: [1.25, 2.5, 5, 10, 20, 40, 80],
    isLeft: true,
    create: (pointsPerSecond, teamSize) => new Adaptive({ teams: 2, teamSize, pointsPerSecond }),
  },
  {
    name: "TeamBalance, from 100 points, more a second",
    look: "green",
    values: [1, 2, 5, 10, 20, 50],
    isLeft: false,
    create: (speed, teamSize) => new TeamBalance({ teams: 2, teamSize, maxRatingSpread: wider(speed) }),
  },
  {
    name: "TeamBalance, maxRatingSpread",
    look: "orange",
    values: [50, 100, 200, 400, 800],
    isLeft: false,
    create: (maxRatingSpread, teamSize) => new TeamBalance({ teams: 2, teamSize, maxRatingSpread }),
  },
  {
    name: "Fifo",
    look: "grey",
    values: [0],
    isLeft: false,
    create: (_, teamSize) => new Fifo({ teams: 2, teamSize }),
  },
];

const SIZES = [2, 5];

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
      lines: SIZES.flatMap((teamSize) =>
        curves.map(({ name, values, create }) => ({
          name,
          teamSize,
          points: values.map((value) => ({ value, ...teamMeans(() => create(value, teamSize), traces) })),
        })),
      ),
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
    const measured = lines.map((line) => ({ ...curves.find(({ name }) => name === line.name)!, ...line }));
    const versus = (teamSize: number) => `${teamSize} v ${teamSize}`;
    return picture(
      "Wait against spread in team games",
      [
        "Mean spread over mean wait at one player a second, both on logarithmic axes; down and left is better.",
        ...measured.map(({ name, teamSize, points }) => {
          const told = points.map(({ value, wait, gap }) => `${value} gives ${wait} s and ${gap} points`);
          return `${versus(teamSize)}, ${name}: ${told.join(", ")}.`;
        }),
      ].join(" "),
      578,
      [
        text("word", 20, 24, "At one player a second; ratings around 1500, standard deviation 300"),
        ...legend(
          52,
          curves.map(({ look, name }) => [look, name]),
        ),
        ...plot.axes(),
        ...[...measured].reverse().flatMap(({ look, points }) =>
          plot.line(
            look,
            points.map(({ wait, gap }) => [wait, gap]),
          ),
        ),
        ...measured.flatMap(({ look, teamSize, points, isLeft }) =>
          plot.labels(
            look,
            points.map(({ value, wait, gap }) => [wait, gap, value ? String(value) : versus(teamSize)]),
            isLeft,
          ),
        ),
      ],
    );
  },
};
