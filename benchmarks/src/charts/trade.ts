import { populations } from "../quality/populations.js";
import type { Chart } from "./chart.js";
import { strategies, whoseWait, type Line } from "./lines.js";
import { leastCost, meansOf, outcomesOf, tracesOf, type Means } from "./play-all.js";
import { legend, Plot, type Axis } from "./plot.js";
import { at, path, picture, text, through, type Point } from "./svg.js";

/** What waiting buys: a mean wait and a mean gap for each setting. */
export interface Trade {
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (Means & { readonly value: number })[];
  }[];
  /** What no rule can go below, for some prices of a second. */
  readonly least: readonly { readonly pointsPerSecond: number; readonly cost: number }[];
}

/** Prices of a second, in doublings of 10 points, for which the optimum is computed. */
const PRICES = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6];

/** Lines of settings at one rate of arrivals. */
function tradeOf(name: string, rate: keyof typeof RANGES, lines: readonly Line[]): Chart<Trade> {
  return {
    name,
    measure: (effort) => {
      const traces = tracesOf(
        populations.find((one) => one.name === `steady-${rate}`)!,
        effort,
      );
      return {
        lines: lines.map(({ name, values, rule }) => ({
          name,
          points: values.map((value) => ({ value, ...meansOf(outcomesOf(rule(value), traces)) })),
        })),
        least: PRICES.map((doublings) => ({
          pointsPerSecond: 10 * 2 ** doublings,
          cost: leastCost(traces, doublings),
        })),
      };
    },
    draw: (data) => draw(rate, lines, data),
  };
}

/** From what to what the axes run: the same room for the same trade. */
const RANGES = {
  0.2: { often: "one player every 5 s", wait: [1.6, 250], gap: [14, 450] },
  1: { often: "one player a second", wait: [0.33, 50], gap: [10, 450] },
  5: { often: "5 players a second", wait: [0.07, 20], gap: [5, 450] },
} as const;

const FRAME = { left: 60, top: 146, width: 770, height: 430 };

function draw(rate: keyof typeof RANGES, lines: readonly Line[], data: Trade): string {
  const { often, wait, gap } = RANGES[rate];
  const measured = data.lines.map((line) => ({ ...lines.find(({ name }) => name === line.name)!, ...line }));
  const plot = new Plot(
    FRAME,
    logAxis("mean wait in seconds", wait),
    logAxis("mean gap in rating points", gap),
  );
  const parts = [
    text("word", 20, 24, `At ${often}; ratings around 1500, standard deviation 300`),
    ...legend(
      52,
      measured.map(({ look, name }) => [look, name]),
    ),
    ...outOfReach(plot, data.least),
    ...plot.axes(),
  ];
  for (const { look, points } of [...measured].reverse())
    parts.push(
      ...plot.line(
        look,
        points.map(({ wait, gap }) => [wait, gap]),
      ),
    );
  for (const { look, points, label, isLeft } of measured) {
    const words = points.map(({ value, wait, gap }) => [wait, gap, label(value)] as const);
    parts.push(...plot.labels(look, words, isLeft));
  }
  const description = [
    `Mean rating gap over mean wait at ${often}, both on logarithmic axes; down and left is better.`,
    ...measured.map(({ name, points }) => `${name}: ${points.map(told).join(", ")}.`),
    "Below the dotted edge nobody gets, not even someone who knows all arrivals in advance.",
  ].join(" ");
  return picture(`Wait against gap: ${often}`, description, FRAME.top + FRAME.height + 52, parts);
}

function told({ value, wait, gap }: Means & { readonly value: number }): string {
  return `${value ? `${value} gives ` : ""}${wait} s and ${gap} points`;
}

/** Half of the gap and the price of the wait are no less than the optimum's cost, whatever the price. */
function outOfReach(plot: Plot, least: Trade["least"]): string[] {
  const { across, up } = plot;
  const edge: Point[] = [];
  for (let step = 0; step <= 240; step++) {
    const wait = across.from * (across.to / across.from) ** (step / 240);
    const gap = Math.max(...least.map(({ pointsPerSecond, cost }) => 2 * (cost - pointsPerSecond * wait)));
    if (gap < up.from) break;
    if (gap <= up.to) edge.push(plot.place(wait, gap));
  }
  const [first] = edge;
  const { left, top } = plot.frame;
  if (!first) return [];
  return [
    path("area", `M ${at(first[0])} ${top} L${through(edge).slice(1)} V ${plot.bottom} H ${left} V ${top} Z`),
    path("edge", through(edge)),
    text("note", left + 16, plot.bottom - 34, "out of reach, even for someone"),
    text("note", left + 16, plot.bottom - 16, "who knows all arrivals in advance"),
  ];
}

function logAxis(title: string, [from, to]: readonly [number, number]): Axis {
  const ticks = [-2, -1, 0, 1, 2, 3]
    .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
    .filter((tick) => tick >= from && tick <= to);
  return { from, to, log: true, ticks, title };
}

/** What the strategies make of one rate of arrivals. */
export const trades = ([1, 0.2, 5] as const).map((rate) => tradeOf(`wait-and-gap-${rate}`, rate, strategies));

/** Whose wait should widen a gap. */
export const sides = tradeOf("whose-wait", 0.2, whoseWait);
