import { figure } from "../report.js";
import type { Summary } from "./summary.js";
import type { TeamVerdict } from "./verdicts.js";

const SETTINGS = ["setting", "wait", "spread", "imbalance", "p95 wait", "longest", "left over", "cost"];

const ROWS = ["row", "ours", "reference", "ratio", "95 %", "reference is", "goal", "ok"];

/** Settings for people, as they are given: waits in seconds, the cost of a player and all others in points. */
export function settingsTable(summaries: readonly Summary[]): string {
  return aligned(
    [SETTINGS, ...summaries.map(cellsOf)],
    SETTINGS.map((_, column) => column > 0),
  );
}

function cellsOf(summary: Summary): string[] {
  const { setting, meanWait, meanSpread, meanImbalance, p95Wait, longestWait, leftOver, cost } = summary;
  return [
    setting,
    ...[meanWait, meanSpread, meanImbalance, p95Wait, longestWait, leftOver, cost].map(figure),
  ];
}

/** Rows for people. */
export function verdictTable(verdicts: readonly TeamVerdict[]): string {
  const lines = verdicts.map(({ name, ours, reference, ratio, within, setting, goal, state }) => [
    name,
    figure(ours),
    figure(reference),
    ratio.toFixed(3),
    within === undefined ? "–" : `± ${within.toFixed(3)}`,
    setting ?? "",
    state === "reported" ? "" : goal,
    state === "reported" ? "" : state === "ok" ? "yes" : state,
  ]);
  return aligned(
    [ROWS, ...lines],
    ROWS.map((_, column) => column > 0 && column < 5),
  );
}

/** Columns side by side, figures to the right. */
function aligned(lines: readonly (readonly string[])[], isFigure: readonly boolean[]): string {
  const widths = isFigure.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) => {
      const padded = line.map((cell, column) =>
        isFigure[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      );
      return padded.join("  ").trimEnd();
    })
    .join("\n");
}
