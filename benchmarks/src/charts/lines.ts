import { Adaptive, Fifo, OneVsOne, Relaxation, RelaxingBlitz, StrictOneVsOne } from "@evenmatch/core";
import type { Rule } from "../quality/rule.js";
import { driven } from "./driven.js";
import type { LookName } from "./svg.js";

/** A strategy with one of its settings turned from end to end. */
export interface Line {
  /** The strategy, and what is turned. */
  readonly name: string;
  readonly look: LookName;
  readonly values: readonly number[];
  /** What is written beside a point. */
  readonly label: (value: number) => string;
  /** Whether that is on the left of it. */
  readonly isLeft: boolean;
  readonly rule: (value: number) => Rule;
}

/** A gap that starts at 50 points and widens by so many a second; with each second that either waits if not told otherwise. */
export function widening(pointsPerSecond: number, wait: "both" | "longest" | "sum" = "sum"): Rule {
  const ratingGap = Relaxation.line({ from: 50, to: 1_250, overMs: 1_200_000 / pointsPerSecond });
  return driven(`widening-${pointsPerSecond}`, () => new RelaxingBlitz({ ratingGap, wait }));
}

/** 100 points, and who has waited for so long meets the closest there is. */
export function forcedAfter(seconds: number): Rule {
  const ratingGap = Relaxation.constant(100);
  return driven(`forced-after-${seconds}`, () => {
    return new RelaxingBlitz({ ratingGap, forceAfterMs: seconds * 1_000 });
  });
}

export function adaptive(pointsPerSecond: number): Rule {
  return driven(`adaptive-${pointsPerSecond}`, () => new Adaptive({ pointsPerSecond }));
}

export function within(maxRatingGap: number): Rule {
  return driven(`within-${maxRatingGap}`, () => new OneVsOne({ maxRatingGap }));
}

/** Waves of the strictest rule, within 200 points. */
export function waves(seconds: number): Rule {
  return driven(`waves-${seconds}`, () => new StrictOneVsOne({ maxRatingGap: 200 }), seconds * 1_000);
}

export const fifo: Rule = driven("fifo", () => new Fifo());

const adaptiveLine: Line = {
  name: "Adaptive, pointsPerSecond",
  look: "blue",
  values: [0.625, 1.25, 2.5, 5, 10, 20, 40, 80, 160],
  label: (value) => (value < 1 || value === 1.25 ? value.toFixed(1) : String(value)),
  isLeft: true,
  rule: adaptive,
};

/** What the charts of waits against gaps compare. */
export const strategies: readonly Line[] = [
  adaptiveLine,
  {
    name: "OneVsOne, maxRatingGap",
    look: "orange",
    values: [12.5, 25, 50, 100, 200, 400, 800],
    label: String,
    isLeft: false,
    rule: within,
  },
  {
    name: "RelaxingBlitz, points more with each second",
    look: "green",
    values: [0.5, 1, 2, 5, 10, 20, 50, 100],
    label: String,
    isLeft: true,
    rule: (value) => widening(value),
  },
  {
    name: "StrictOneVsOne, within 200, in waves of",
    look: "purple",
    values: [1, 2, 4, 8, 16, 32, 64],
    label: (value) => `${value} s`,
    isLeft: false,
    rule: waves,
  },
  { name: "Fifo", look: "grey", values: [0], label: () => "", isLeft: false, rule: () => fifo },
];

/** Whose wait widens a gap. */
export const whoseWait: readonly Line[] = [
  adaptiveLine,
  {
    name: 'RelaxingBlitz, wait: "sum"',
    look: "green",
    values: [0.5, 1, 2, 5, 10, 20, 50, 100],
    label: String,
    isLeft: true,
    rule: (value) => widening(value, "sum"),
  },
  {
    name: 'RelaxingBlitz, wait: "longest"',
    look: "purple",
    values: [0.5, 1, 2, 5, 10, 20, 50, 100],
    label: () => "",
    isLeft: false,
    rule: (value) => widening(value, "longest"),
  },
  {
    name: 'RelaxingBlitz, wait: "both"',
    look: "red",
    values: [0.5, 1, 2, 5, 10, 20, 50, 100],
    label: String,
    isLeft: false,
    rule: (value) => widening(value, "both"),
  },
];
