import { figure, table } from "../report.js";
import type { Summary } from "./summary.js";
import type { TeamVerdict } from "./verdicts.js";

const HEADER = [
  "setting",
  "wait",
  "spread",
  "imbalance",
  "p95 wait",
  "longest",
  "left over",
  "cost",
] as const;

/** Settings for people, as they are given: waits in seconds, the cost of a player and all others in points. */
export function settingsTable(summaries: readonly Summary[]): string {
  const lines = [HEADER, ...summaries.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join("  "),
    )
    .join("\n");
}

function cells(summary: Summary): string[] {
  const { setting, meanWait, meanSpread, meanImbalance, p95Wait, longestWait, leftOver, cost } = summary;
  return [
    setting,
    ...[meanWait, meanSpread, meanImbalance, p95Wait, longestWait, leftOver, cost].map(figure),
  ];
}

/** Rows for people, with their intervals and settings in their names. */
export function verdictTable(verdicts: readonly TeamVerdict[]): string {
  return table(
    verdicts.map(({ within, setting, ...verdict }) => {
      const besides = [setting, within === undefined ? undefined : `± ${within.toFixed(3)}`].filter(Boolean);
      return { ...verdict, name: verdict.name + (besides.length > 0 ? ` (${besides.join(", ")})` : "") };
    }),
  );
}
