import { mean } from "../figures.js";
import type { Figures } from "./outcome.js";

/** How one rule did on one trace. */
export interface Score {
  readonly population: string;
  readonly seed: number;
  readonly rule: string;
  /** How many were to be matched. */
  readonly arrivals: number;
  /** What the best pairing would have cost, in points. */
  readonly optimum: number;
  readonly figures: Figures;
}

/** How one rule did on one population, over all seeds. */
export interface Summary {
  readonly population: string;
  readonly rule: string;
  /** Cost ÷ optimum: the mean over the seeds. */
  readonly ratio: number;
  /** The mean is within this of the ratio of all seeds there are, 95 times in 100; not known from fewer than five. */
  readonly within: number | undefined;
  /** What a match cost, and the best pairing, in points. */
  readonly cost: number;
  readonly optimum: number;
  readonly meanGap: number;
  /** Waits in seconds: the means over the seeds, and the longest of all. */
  readonly meanWait: number;
  readonly p95Wait: number;
  readonly longestWait: number;
  /** How many of a trace were never matched before it ended. */
  readonly leftOver: number;
}

/** Sums up scores of one rule on one population. */
export function summaryOf(scores: readonly Score[]): Summary {
  const { population, rule } = scores[0]!;
  const over = (of: (score: Score) => number): number => mean(scores.map(of));
  const ratios = scores.map(({ figures, optimum }) => figures.cost / optimum);
  return {
    population,
    rule,
    ratio: mean(ratios),
    within: scores.length < 5 ? undefined : halfWidth(ratios),
    cost: over(({ figures, arrivals }) => (2 * figures.cost) / arrivals),
    optimum: over(({ optimum, arrivals }) => (2 * optimum) / arrivals),
    meanGap: over(({ figures }) => figures.meanGap),
    meanWait: over(({ figures }) => figures.meanWait),
    p95Wait: over(({ figures }) => figures.p95Wait),
    longestWait: Math.max(...scores.map(({ figures }) => figures.longestWait)),
    leftOver: over(({ figures }) => figures.leftOver),
  };
}

/** Half of the 95 % interval of a mean, by Student's t. */
export function halfWidth(values: readonly number[]): number {
  const middle = mean(values);
  const freedom = values.length - 1;
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / freedom;
  return studentT(freedom) * Math.sqrt(variance / values.length);
}

/** The 97.5 % point of Student's t, by its expansion in 1 ÷ freedom (Fisher 1926); right to 0.01 from 4 on. */
function studentT(freedom: number): number {
  const z = 1.959964;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}
