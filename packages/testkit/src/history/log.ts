import { appendFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { HistoryEntry } from "./history.js";

/** Writes a whole history to a file, one line of JSON an entry. */
export function writeHistory(path: string, entries: readonly HistoryEntry[]): void {
  writeFileSync(path, linesOf(entries));
}

/**
 * Adds to a history on disk. The line is in the hands of the system when this returns, so what a process saw
 * outlives it, however it ends.
 */
export function appendHistory(path: string, ...entries: readonly HistoryEntry[]): void {
  appendFileSync(path, linesOf(entries));
}

/**
 * Reads the logs of one run, of one process or several, as one history: by time, and each process in its own order.
 * A last line without an end is what a killed process was writing, and is left out; throws `SyntaxError`, with file
 * and line, for any other line that is no entry.
 */
export async function readHistory(...paths: readonly string[]): Promise<HistoryEntry[]> {
  return mergeHistories(
    ...(await Promise.all(paths.map(async (path) => entriesOf(path, await readFile(path, "utf8"))))),
  );
}

/** Several histories as one: by time, and each in its own order. */
export function mergeHistories(...histories: readonly (readonly HistoryEntry[])[]): HistoryEntry[] {
  // A process whose clock was set back keeps its order: an entry counts as no earlier than the one before it.
  const timed = histories.flatMap((history) => {
    let latest = -Infinity;
    return history.map((entry) => ({ entry, at: (latest = Math.max(latest, entry.at)) }));
  });
  return timed.sort((one, other) => one.at - other.at).map(({ entry }) => entry);
}

function linesOf(entries: readonly HistoryEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
}

function entriesOf(path: string, text: string): HistoryEntry[] {
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line, index) => {
    const entry = parsed(line);
    if (entry) return entry;
    throw new SyntaxError(`${path}:${index + 1} is no entry of a history: ${line.slice(0, 120)}`);
  });
}

const TYPES: ReadonlySet<unknown> = new Set(["called", "replied", "unanswered", "told"]);

function parsed(line: string): HistoryEntry | undefined {
  try {
    const entry = JSON.parse(line) as HistoryEntry | null;
    return TYPES.has(entry?.type) ? (entry as HistoryEntry) : undefined;
  } catch {
    return undefined;
  }
}
