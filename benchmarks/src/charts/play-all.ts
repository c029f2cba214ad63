import { mean, percentile } from "../figures.js";
import { optimumOf } from "../quality/optimum/optimum.js";
import { play } from "../quality/play.js";
import { traceOf, type Population } from "../quality/populations.js";
import type { Rule } from "../quality/rule.js";
import type { Trace } from "../quality/trace.js";

/** How much is played for each point of a chart. */
export interface Effort {
  readonly seeds: readonly number[];
  readonly arrivals: number;
}

/** What is played for the charts of the docs. */
export const FULL: Effort = { seeds: [1, 2, 3, 4], arrivals: 5_000 };

/** Of all players of all traces: gaps in points, waits in seconds. */
export interface Outcomes {
  readonly ratings: readonly number[];
  readonly gaps: readonly number[];
  readonly waits: readonly number[];
}

/** A mean gap in points, and waits in seconds. */
export interface Means {
  readonly gap: number;
  readonly wait: number;
  readonly p95: number;
}

export function tracesOf(population: Population, { seeds, arrivals }: Effort): readonly Trace[] {
  return seeds.map((seed) => traceOf(population, seed, arrivals));
}

/** What a rule makes of some traces. */
export function outcomesOf(rule: Rule, traces: readonly Trace[]): Outcomes {
  const all = { ratings: [] as number[], gaps: [] as number[], waits: [] as number[] };
  for (const trace of traces) {
    const { mates, matchedAt } = play(rule, trace);
    trace.ratings.forEach((rating, who) => {
      all.ratings.push(rating);
      all.gaps.push(Math.abs(rating - trace.ratings[mates[who]!]!));
      all.waits.push((matchedAt[who]! - trace.at[who]!) / 1_000);
    });
  }
  return all;
}

export function meansOf({ gaps, waits }: Outcomes): Means {
  return { gap: short(mean(gaps)), wait: short(mean(waits)), p95: short(percentile(waits, 0.95)) };
}

/** Points for each player: half of a match's gap, and what their own wait costs. */
export function costOf({ gap, wait }: Pick<Means, "gap" | "wait">, pointsPerSecond: number): number {
  return gap / 2 + pointsPerSecond * wait;
}

/**
 * The least that a player can cost, on average over some traces, at 10 · 2ᵏ points a second: with all arrivals known in
 * advance. The yardstick's optimum has one price; a higher one is more time for the same ratings, a lower one
 * is higher ratings in the same time.
 */
export function leastCost(traces: readonly Trace[], doublings: number): number {
  const slower = 2 ** Math.max(0, doublings);
  const higher = 2 ** Math.max(0, -doublings);
  const costs = traces.map(({ at, ratings, ...trace }) => {
    const stretched = {
      ...trace,
      at: at.map((ms) => ms * slower),
      ratings: ratings.map((rating) => rating * higher),
    };
    return optimumOf(stretched) / higher / at.length;
  });
  return short(mean(costs));
}

/** As many digits as a chart can show: other machines may compute the others differently. */
export function short(value: number): number {
  return Number(value.toPrecision(4));
}
