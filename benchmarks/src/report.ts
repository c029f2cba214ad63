import { passes, type Verdict } from "./judge.js";

/**
 * A row for programs: one line of JSON, with these six keys. A weak reference shows in the goal, because the goal
 * then cannot be judged.
 */
export function jsonLine(verdict: Verdict): string {
  const { name, ours, reference, ratio, state } = verdict;
  const goal = state === "weak reference" ? `${verdict.goal} (weak reference)` : verdict.goal;
  return JSON.stringify({
    name,
    ours: rounded(ours),
    reference: rounded(reference),
    ratio: rounded(ratio),
    goal,
    ok: passes(verdict),
  });
}

const HEADER = ["row", "ours", "reference", "ratio", "goal", "ok"];

/** All rows for people: aligned columns, figures to the right. */
export function table(verdicts: readonly Verdict[]): string {
  const lines = [HEADER, ...verdicts.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => padded(cell, column, widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells({ name, unit, ours, reference, ratio, goal, state }: Verdict): string[] {
  const ok = state === "ok" ? "yes" : state === "reported" ? "–" : state;
  return [name, `${figure(ours)} ${unit}`, `${figure(reference)} ${unit}`, `${figure(ratio)} ×`, goal, ok];
}

function padded(cell: string, column: number, width: number): string {
  return column >= 1 && column <= 3 ? cell.padStart(width) : cell.padEnd(width);
}

/** A number with as many digits as it means: whole from a hundred on, three digits below. */
export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
