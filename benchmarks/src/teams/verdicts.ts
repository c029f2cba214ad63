import { mean } from "../figures.js";
import type { Verdict } from "../judge.js";
import type { Ratio } from "./summary.js";

/** A verdict with what people want to know besides: its interval, and which setting it is about. */
export interface TeamVerdict extends Verdict {
  readonly within: number | undefined;
  readonly setting?: string;
}

/** A row whose ratio has to be below 1. */
export function better(name: string, ratio: Ratio, setting?: string): TeamVerdict {
  return { ...rowOf(name, ratio, setting), goal: "< 1 ×", state: ratio.ratio < 1 ? "ok" : "missed" };
}

/** A row without a goal. */
export function reported(name: string, ratio: Ratio, setting?: string): TeamVerdict {
  return { ...rowOf(name, ratio, setting), goal: "reported", state: "reported" };
}

function rowOf(
  name: string,
  { ours, reference, ratio, within }: Ratio,
  setting: string | undefined,
): Omit<TeamVerdict, "goal" | "state"> {
  return { name, unit: "points", ours, reference, ratio, within, ...(setting && { setting }) };
}

/** The mean of what was found on several populations. */
export function meanOf(ratios: readonly Ratio[]): Ratio {
  const withins = ratios.flatMap(({ within }) => within ?? []);
  return {
    ours: mean(ratios.map(({ ours }) => ours)),
    reference: mean(ratios.map(({ reference }) => reference)),
    ratio: mean(ratios.map(({ ratio }) => ratio)),
    // Populations have traces of their own.
    within: withins.length < ratios.length ? undefined : Math.hypot(...withins) / ratios.length,
  };
}
