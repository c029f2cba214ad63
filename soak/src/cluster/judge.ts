import {
  shortfallsOf,
  type FinalState,
  type HistoryEntry,
  type LossWindow,
  type Verdict,
} from "@evenmatch/testkit";
import type { StruckFault } from "./plan.js";

/** All that a run left behind. */
export interface Remains {
  readonly verdict: Verdict;
  readonly entries: readonly HistoryEntry[];
  readonly final: FinalState;
  readonly struck: readonly StruckFault[];
  readonly servers: { readonly flaws: ReadonlySet<string>; readonly grouped: ReadonlySet<string> };
  readonly dumpFlaws: readonly string[];
  readonly lossWindows: readonly LossWindow[];
}

export interface Judgement {
  readonly ok: boolean;
  readonly flaws: readonly string[];
  readonly shortfalls: readonly string[];
}

/** Sentences of one kind that are said at most; the others are counted. */
const MOST = 5;

/** Says whether a run was sound, and whether it shows enough. */
export function judge(remains: Remains): Judgement {
  const { verdict, entries, final, struck, servers, dumpFlaws, lossWindows } = remains;
  const flaws = [...servers.flaws, ...dumpFlaws, ...ungrouped(final, servers.grouped, entries, lossWindows)];
  const shortfalls = [...shortfallsOf(verdict, struck), ...lossless(verdict, lossWindows)];
  return { ok: verdict.ok && flaws.length + shortfalls.length === 0, flaws, shortfalls };
}

/**
 * A group hears of every match that happens, at least once, whichever of its members live; but for those announced
 * while the store, and the bus on it, may have lost what they acknowledged.
 */
export function ungrouped(
  { matches }: FinalState,
  grouped: ReadonlySet<string>,
  entries: readonly HistoryEntry[],
  lossWindows: readonly LossWindow[],
): string[] {
  if (grouped.size === 0) return [];
  const missed = matches.filter(({ matchId, state }) => state === "delivered" && !grouped.has(matchId));
  if (missed.length === 0) return [];
  const isSure = surelyAnnounced(entries, lossWindows);
  return shortened(
    missed.flatMap(({ matchId }) => (isSure(matchId) ? [`the group was never given ${matchId}`] : [])),
  );
}

/** Whether a match was announced at a time at which nothing may be lost, by when callers were first told of it. */
function surelyAnnounced(
  entries: readonly HistoryEntry[],
  lossWindows: readonly LossWindow[],
): (matchId: string) => boolean {
  if (lossWindows.length === 0) return () => true;
  const sure = new Map<string, boolean>();
  for (const entry of entries) {
    if (entry.type !== "told" || entry.news.type !== "match" || sure.has(entry.news.matchId)) continue;
    const { at } = entry;
    const isIn = lossWindows.some(({ from, until, toldUntil = until }) => at >= from && at <= toldUntil);
    sure.set(entry.news.matchId, !isIn);
  }
  return (matchId) => sure.get(matchId) ?? false;
}

/** That something may be lost is shown by a loss alone: a check of what is allowed that meets none has shown nothing. */
function lossless({ losses }: Verdict, lossWindows: readonly LossWindow[]): string[] {
  const isLost = Object.values(losses).some((count) => count > 0);
  if (isLost || lossWindows.every(({ newsOnly }) => newsOnly)) return [];
  return ["the store lost what it had acknowledged, and callers saw nothing of it"];
}

/** The first few sentences, and how many more there are. */
export function shortened(sentences: readonly string[]): string[] {
  const more = sentences.length - MOST;
  return more > 0 ? [...sentences.slice(0, MOST), `and ${more} more like this`] : [...sentences];
}
