import { populations } from "../quality/populations.js";
import type { Rule } from "../quality/rule.js";
import type { Chart } from "./chart.js";
import { adaptive, forcedAfter, widening, within } from "./lines.js";
import { meansOf, outcomesOf, tracesOf, type Means } from "./play-all.js";
import { legend, Plot } from "./plot.js";
import { picture, type LookName } from "./svg.js";

/** What players of different strength get. */
export interface Bands {
  readonly rules: readonly {
    readonly name: string;
    readonly bands: readonly (Means & { readonly players: number })[];
  }[];
}

/** Where a band ends and the next begins. */
const EDGES = [1_000, 1_200, 1_400, 1_600, 1_800, 2_000];

const gaps = {
  from: 20,
  to: 400,
  log: true,
  ticks: [20, 50, 100, 200, 400],
  title: "mean gap in rating points",
};

type Compared = readonly (readonly [name: string, look: LookName, rule: Rule])[];

/** The strategies side by side. */
export const bands = bandsOf("by-rating", "Gap and wait by rating", [
  ["Adaptive, 10 points a second", "blue", adaptive(10)],
  ["RelaxingBlitz, 50 points and 10 more a second", "green", widening(10)],
  ["OneVsOne within 100 points", "orange", within(100)],
  ["OneVsOne within 200 points", "red", within(200)],
]);

/** What `forceAfterMs` does, and to whom. */
export const forced = bandsOf("forced-by-rating", "What forceAfterMs does, by rating", [
  ["100 points, and after 120 s anybody", "blue", forcedAfter(120)],
  ["100 points, and after 60 s anybody", "green", forcedAfter(60)],
  ["100 points, and after 30 s anybody", "orange", forcedAfter(30)],
  ["100 points, and after 15 s anybody", "red", forcedAfter(15)],
]);

/** Rules side by side, at one player a second. */
function bandsOf(file: string, title: string, compared: Compared): Chart<Bands> {
  return {
    name: file,
    measure: (effort) => {
      const traces = tracesOf(
        populations.find(({ name }) => name === "steady-1")!,
        effort,
      );
      return {
        rules: compared.map(([name, , rule]) => {
          const { ratings, gaps, waits } = outcomesOf(rule, traces);
          const band = ratings.map((rating) => EDGES.filter((edge) => rating >= edge).length);
          const inBand = (values: readonly number[], place: number) =>
            values.filter((_, who) => band[who] === place);
          return {
            name,
            bands: Array.from({ length: EDGES.length + 1 }, (_, place) => ({
              players: inBand(ratings, place).length,
              ...meansOf({
                ratings: inBand(ratings, place),
                gaps: inBand(gaps, place),
                waits: inBand(waits, place),
              }),
            })),
          };
        }),
      };
    },
    draw: ({ rules }) => {
      const across = (title: string) => ({
        from: -0.5,
        to: EDGES.length + 0.5,
        log: false,
        ticks: Array.from({ length: EDGES.length + 1 }, (_, place) => place),
        tick: nameOf,
        title,
      });
      const seconds = (title: string) => ({
        from: 1,
        to: 200,
        log: true,
        ticks: [1, 2, 5, 10, 20, 50, 100, 200],
        title,
      });
      const frame = (top: number) => ({ left: 60, top, width: 770, height: 150 });
      const plots = [
        [new Plot(frame(104), across(""), gaps), "gap"],
        [new Plot(frame(318), across(""), seconds("mean wait in seconds")), "wait"],
        [
          new Plot(
            frame(532),
            across("rating of the player"),
            seconds("wait that 95 % do not exceed, in seconds"),
          ),
          "p95",
        ],
      ] as const;
      const looks = new Map(compared.map(([name, look]) => [name, look]));
      const entries = compared.map(([name, look]) => [look, name] as const);
      return picture(
        title,
        [
          "For bands of 200 rating points, one player a second: mean gap, mean wait, and 95th percentile of waits.",
          ...rules.map(({ name, bands: some }) => {
            const told = some.map(
              ({ gap, wait, p95 }, place) => `${nameOf(place)} ${gap} points, ${wait} s, ${p95} s`,
            );
            return `${name}: ${told.join("; ")}.`;
          }),
        ].join(" "),
        734,
        [
          ...legend(24, entries),
          ...plots.flatMap(([plot, what]) => [
            ...plot.axes(),
            ...[...rules].reverse().flatMap(({ name, bands: some }) =>
              plot.line(
                looks.get(name)!,
                some.map((means, place) => [place, means[what]]),
              ),
            ),
          ]),
        ],
      );
    },
  };
}

function nameOf(place: number): string {
  if (place === 0) return `below ${EDGES[0]!}`;
  return place === EDGES.length ? `${EDGES.at(-1)!} and up` : `${EDGES[place - 1]!}–${EDGES[place]!}`;
}
