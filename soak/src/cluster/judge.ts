import { shortfallsOf, type FinalState, type HistoryEntry, type Verdict } from "@evenmatch/testkit";
import type { StruckFault } from "./plan.js";

/** A fault with what the callers saw of its moment. */
export interface JudgedFault extends StruckFault {
  /** Joins that callers were waiting for. */
  readonly joinsInFlight: number;
}

/** All that a run left behind. */
export interface Remains {
  readonly verdict: Verdict;
  readonly entries: readonly HistoryEntry[];
  readonly final: FinalState;
  readonly struck: readonly StruckFault[];
  readonly servers: { readonly flaws: ReadonlySet<string>; readonly grouped: ReadonlySet<string> };
  readonly dumpFlaws: readonly string[];
}

export interface Judgement {
  readonly ok: boolean;
  readonly flaws: readonly string[];
  readonly shortfalls: readonly string[];
  readonly faults: readonly JudgedFault[];
}

/** Sentences of one kind that are said at most; the others are counted. */
const MOST = 5;

/** Says whether a run was sound, and whether it shows enough. */
export function judge({ verdict, entries, final, struck, servers, dumpFlaws }: Remains): Judgement {
  const faults = struck.map((fault) => ({ ...fault, joinsInFlight: joinsAt(entries, fault.at) }));
  const flaws = [...servers.flaws, ...dumpFlaws, ...ungrouped(final, servers.grouped)];
  const shortfalls = shortfallsOf(verdict, faults);
  return { ok: verdict.ok && flaws.length + shortfalls.length === 0, flaws, shortfalls, faults };
}

/** How many joins callers were waiting for at an instant. */
function joinsAt(entries: readonly HistoryEntry[], at: number): number {
  const open = new Set<string>();
  for (const entry of entries) {
    if (entry.at > at) break;
    if (entry.type === "called" && entry.operation.type === "join") open.add(entry.call);
    else if (entry.type === "replied" || entry.type === "unanswered") open.delete(entry.call);
  }
  return open.size;
}

/** A group hears of every match that happens, at least once, whichever of its members live. */
export function ungrouped({ matches }: FinalState, grouped: ReadonlySet<string>): string[] {
  if (grouped.size === 0) return [];
  const missed = matches.filter(({ matchId, state }) => state === "delivered" && !grouped.has(matchId));
  return shortened(missed.map(({ matchId }) => `the group was never given ${matchId}`));
}

/** The first few sentences, and how many more there are. */
export function shortened(sentences: readonly string[]): string[] {
  const more = sentences.length - MOST;
  return more > 0 ? [...sentences.slice(0, MOST), `and ${more} more like this`] : [...sentences];
}
