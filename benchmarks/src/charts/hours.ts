import { populations, type Population } from "../quality/populations.js";
import type { Rule } from "../quality/rule.js";
import type { Chart } from "./chart.js";
import { adaptive, fifo, waves, widening, within } from "./lines.js";
import { costOf, leastCost, meansOf, outcomesOf, short, tracesOf, type Means } from "./play-all.js";
import { legend, Plot } from "./plot.js";
import { picture, type LookName } from "./svg.js";

/** What one setting costs when more or fewer play. */
export interface Hours {
  readonly least: readonly { readonly rate: number; readonly cost: number }[];
  readonly rules: readonly {
    readonly name: string;
    readonly points: readonly (Means & { readonly rate: number; readonly ratio: number })[];
  }[];
}

/** Points a second at which it is reckoned. */
const PRICE = 10;

/** Arrivals a second, from a quiet night to a busy evening. */
const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10];

const compared: readonly (readonly [name: string, look: LookName, rule: Rule])[] = [
  ["Adaptive, 10 points a second", "blue", adaptive(PRICE)],
  ["RelaxingBlitz, 50 points and 10 more a second", "green", widening(10)],
  ["OneVsOne within 100 points", "orange", within(100)],
  ["StrictOneVsOne within 200, in waves of 8 s", "purple", waves(8)],
  ["Fifo", "grey", fifo],
];

const common = populations.find(({ name }) => name === "steady-1")!;

function steady(rate: number): Population {
  return { ...common, name: `steady-${rate}`, rate: () => rate, peak: rate };
}

export const hours: Chart<Hours> = {
  name: "another-hour",
  measure: (effort) => {
    const traces = RATES.map((rate) => tracesOf(steady(rate), effort));
    const least = traces.map((some, place) => ({ rate: RATES[place]!, cost: leastCost(some, 0) }));
    return {
      least,
      rules: compared.map(([name, , rule]) => ({
        name,
        points: traces.map((some, place) => {
          const means = meansOf(outcomesOf(rule, some));
          return { rate: RATES[place]!, ratio: short(costOf(means, PRICE) / least[place]!.cost), ...means };
        }),
      })),
    };
  },
  draw: ({ rules }) => {
    const plot = new Plot(
      { left: 60, top: 130, width: 770, height: 330 },
      { from: 0.09, to: 11, log: true, ticks: RATES, title: "arrivals a second" },
      {
        from: 1,
        to: 13,
        log: true,
        ticks: [1, 1.2, 1.5, 2, 3, 4, 6, 8, 12],
        title: "cost ÷ that of the optimum; a second costs 10 points",
      },
    );
    const looks = new Map(compared.map(([name, look]) => [name, look]));
    const entries = compared.map(([name, look]) => [look, name] as const);
    return picture(
      "The same settings at other hours",
      [
        "Cost divided by the least possible cost, over arrivals a second, both on logarithmic axes.",
        ...rules.map(({ name, points }) => {
          return `${name}: ${points.map(({ rate, ratio }) => `${ratio} at ${rate}`).join(", ")}.`;
        }),
      ].join(" "),
      512,
      [
        ...legend(24, entries),
        ...plot.axes(),
        ...[...rules].reverse().flatMap(({ name, points }) =>
          plot.line(
            looks.get(name)!,
            points.map(({ rate, ratio }) => [rate, ratio]),
          ),
        ),
      ],
    );
  },
};
