import type { Goal, Measurement, Row } from "./row.js";

/** A row as it is printed. */
export interface Verdict {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  readonly goal: string;
  readonly state: "ok" | "missed" | "weak reference" | "reported";
}

/** Whether a measurement keeps what its row promises. A reference that is too slow proves nothing, so it fails. */
export function judge(
  row: Pick<Row, "name" | "unit" | "goal" | "strength">,
  { ours, reference, strength: shown = reference }: Measurement,
): Verdict {
  const { name, unit, goal, strength } = row;
  for (const [side, value] of Object.entries({ ours, reference, strength: shown })) {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new Error(`${name}: a figure is a positive number; ${side} is ${value}`);
    }
  }
  const ratio = ours / reference;
  return {
    name,
    unit,
    ours,
    reference,
    ratio,
    goal: textOf(goal, unit),
    state: strength && !keeps(shown, strength) ? "weak reference" : stateOf(goal, ours / reference, ours),
  };
}

/** Whether a row lets the whole run pass. */
export function passes({ state }: Verdict): boolean {
  return state === "ok" || state === "reported";
}

function stateOf(goal: Goal | undefined, ratio: number, ours: number): Verdict["state"] {
  if (!goal) return "reported";
  return keeps(goal.of === "ours" ? ours : ratio, goal) ? "ok" : "missed";
}

function keeps(value: number, { bound, limit }: Pick<Goal, "bound" | "limit">): boolean {
  return bound === "at most" ? value <= limit : value >= limit;
}

function textOf(goal: Goal | undefined, unit: string): string {
  if (!goal) return "reported";
  const sign = goal.bound === "at most" ? "≤" : "≥";
  return `${sign} ${goal.limit} ${goal.of === "ratio" ? "×" : unit}`;
}
