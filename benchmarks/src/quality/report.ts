import { figure } from "../report.js";
import type { Verdict } from "../judge.js";
import type { Summary } from "./summary.js";

const HEADER = [
  "rule",
  "÷ optimum",
  "95 %",
  "gap",
  "wait",
  "p95 wait",
  "longest",
  "left over",
  "goal",
  "ok",
] as const;

/** How many of the columns, from the second on, are figures. */
const FIGURES = 7;

/** A population for people: a line for each rule, the best first. Waits are seconds, gaps points. */
export function tableOf(summaries: readonly Summary[], verdicts: readonly Verdict[]): string {
  const order = [...summaries.keys()].sort((one, other) => summaries[one]!.ratio - summaries[other]!.ratio);
  const lines = [HEADER, ...order.map((place) => cells(summaries[place]!, verdicts[place]!))];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) => {
      const padded = line.map((cell, column) => {
        const isFigure = column >= 1 && column <= FIGURES;
        return isFigure ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
      });
      return padded.join("  ").trimEnd();
    })
    .join("\n");
}

function cells(summary: Summary, { goal, state }: Verdict): string[] {
  const { rule, ratio, within, meanGap, meanWait, p95Wait, longestWait, leftOver } = summary;
  return [
    rule,
    ratio.toFixed(3),
    within === undefined ? "–" : `± ${within.toFixed(3)}`,
    ...[meanGap, meanWait, p95Wait, longestWait, leftOver].map(figure),
    state === "reported" ? "" : goal,
    state === "reported" ? "" : state === "ok" ? "yes" : state,
  ];
}
