import type { Verdict } from "../judge.js";
import { judged, judgedWithNewOwners } from "./ours.js";
import type { Summary } from "./summary.js";

/** At most so many times the optimum, for what is judged. */
const LIMITS: Readonly<Record<string, number>> = {
  "steady-0.2": 1.31,
  "steady-1": 1.33,
  "steady-5": 1.33,
  swinging: 1.33,
};

/**
 * The rows of a population as the report prints them. One rule is judged: it keeps within the limit of the population,
 * where there is one, and is better than every other rule that was played; all others are reported. The ratio is the
 * mean over the seeds, the other figures are the points that a match cost.
 */
export function verdictsOf(summaries: readonly Summary[]): Verdict[] {
  return summaries.map((summary) => {
    const { population, rule, cost, optimum, ratio } = summary;
    const row = { name: `${population}.${rule}`, unit: "points", ours: cost, reference: optimum, ratio };
    return { ...row, ...judge(summary, summaries) };
  });
}

function judge(summary: Summary, all: readonly Summary[]): Pick<Verdict, "goal" | "state"> {
  const limit = LIMITS[summary.population];
  const rivals = all.filter(({ rule }) => rule !== judged.name && rule !== judgedWithNewOwners.name);
  if (summary.rule !== judged.name || (limit === undefined && rivals.length === 0))
    return { goal: "reported", state: "reported" };
  const goals = [
    ...(limit === undefined ? [] : [`≤ ${limit} ×`]),
    ...(rivals.length === 0 ? [] : ["below every other rule"]),
  ];
  const isKept = summary.ratio <= (limit ?? Infinity) && rivals.every(({ ratio }) => summary.ratio < ratio);
  return { goal: goals.join(", "), state: isKept ? "ok" : "missed" };
}
