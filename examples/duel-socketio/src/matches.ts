import { playersOf, type Match } from "@evenmatch/core";
import type { MatchView } from "./protocol.js";

/** What every client is shown of a match. Tests alter it to see that the history checker notices. */
export type ShowMatch = (match: Match) => MatchView;

/** Which of a player's matches are asked for, the newest first. */
export interface PageOptions {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
}

export interface MatchesPage {
  readonly matches: readonly MatchView[];
  /** Where the next page starts; null on the last. */
  readonly next: string | null;
}

/** What players have played. */
export interface Matches {
  last(playerId: string): Promise<MatchView | undefined> | MatchView | undefined;
  page(playerId: string, options: PageOptions): Promise<MatchesPage> | MatchesPage;
  /** A match happens that players of this process are in. */
  happened(match: Match): void;
}

/** How many players have a history; those go first who played longest ago. */
const CAPACITY = 100_000;

/** How many matches are kept of each. */
const MOST_MATCHES = 10;

/** The last matches of players, for as long as this process lives. */
export class LastMatches implements Matches {
  readonly #byPlayer = new Map<string, readonly MatchView[]>();

  constructor(private readonly showMatch: ShowMatch) {}

  last(playerId: string): MatchView | undefined {
    return this.#byPlayer.get(playerId)?.[0];
  }

  page(playerId: string, { limit, after }: PageOptions): MatchesPage {
    const all = this.#byPlayer.get(playerId) ?? [];
    const before = all.findIndex(({ matchId }) => matchId === after);
    // What came after a match that is no longer kept is not kept either.
    const from = after === undefined ? 0 : before < 0 ? all.length : before + 1;
    const matches = all.slice(from, from + limit);
    return { matches, next: from + limit < all.length ? matches.at(-1)!.matchId : null };
  }

  happened(match: Match): void {
    const view = this.showMatch(match);
    for (const { id } of playersOf(match)) {
      const matches = [view, ...(this.#byPlayer.get(id) ?? [])].slice(0, MOST_MATCHES);
      this.#byPlayer.delete(id);
      this.#byPlayer.set(id, matches);
      if (this.#byPlayer.size > CAPACITY) this.#byPlayer.delete(this.#byPlayer.keys().next().value as string);
    }
  }
}
