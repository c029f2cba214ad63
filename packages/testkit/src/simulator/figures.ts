import type { Millis } from "@evenmatch/core";
import type { HistoryEntry } from "../history/history.js";
import type { Arrival } from "./population.js";

/** How well a population was served, in virtual time, as its members saw it. */
export interface Figures {
  /** From the first call of a join to the news of the match, in ms. */
  readonly meanWait: Millis;
  readonly p95Wait: Millis;
  /** Between the mean ratings of the teams of a match, in rating points, in queues that match by rating. */
  readonly meanGap: number;
  /** The longest that a player waited to be told of a match that had happened, in ms; those who reconnected included. */
  readonly latestNews: Millis;
}

/** Queues whose strategy looks at ratings. */
const RATED: ReadonlySet<string> = new Set(["classic", "strict", "blitz", "ready", "duo"]);

export function figuresOf(
  history: readonly HistoryEntry[],
  arrivals: readonly Arrival[],
  settledAt: ReadonlyMap<string, Millis>,
): Figures {
  const ratings = new Map(
    arrivals.flatMap(({ plan }) => plan.players.map(({ id, rating }) => [id, rating] as const)),
  );
  const joinedAt = new Map<string, Millis>();
  const waits: Millis[] = [];
  const gaps = new Map<string, number>();
  const told = new Map<string, Millis>();
  for (const entry of history) {
    if (entry.type === "called" && entry.operation.type === "join") {
      for (const player of entry.operation.players) if (!joinedAt.has(player)) joinedAt.set(player, entry.at);
    }
    if (entry.type !== "told" || entry.news.type !== "match" || entry.player === undefined) continue;
    const { matchId, queue, teams } = entry.news;
    const key = `${matchId} ${entry.player}`;
    if (told.has(key)) continue;
    told.set(key, entry.at - (settledAt.get(matchId) ?? entry.at));
    waits.push(entry.at - (joinedAt.get(entry.player) ?? entry.at));
    if (!RATED.has(queue)) continue;
    const means = teams.map((team) =>
      mean(team.flatMap(({ players }) => players.map((player) => ratings.get(player) ?? 0))),
    );
    gaps.set(matchId, Math.max(...means) - Math.min(...means));
  }
  waits.sort((one, other) => one - other);
  return {
    meanWait: Math.round(mean(waits)),
    p95Wait: waits[Math.floor(waits.length * 0.95)] ?? 0,
    meanGap: Math.round(10 * mean([...gaps.values()])) / 10,
    latestNews: Math.max(0, ...told.values()),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
