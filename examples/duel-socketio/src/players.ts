import { randomUUID } from "node:crypto";
import type { MatchView, PlayerView } from "./protocol.js";

/** A player as the server's book has it. */
export interface PlayerRecord extends PlayerView {
  /** The last ones, the newest first. */
  readonly matches: MatchView[];
}

/** What newcomers start with. */
export const START_RATING = 1500;

/** How many players the book holds; the ones who signed in or came back longest ago go first. */
const CAPACITY = 100_000;

/** How many matches the book holds of each. */
const MOST_MATCHES = 10;

/** The player book. The rating is here and nowhere else: no client says its own. */
export class PlayerBook {
  readonly #players = new Map<string, PlayerRecord>();

  add(name: string, rating = START_RATING, isBot = false): PlayerRecord {
    return this.#keep({ id: randomUUID(), name, rating, matches: [], ...(isBot && { bot: true }) });
  }

  /** The player of a valid token. One whom this process does not know starts anew, as after a restart. */
  of({ id, name }: { readonly id: string; readonly name: string }): PlayerRecord {
    return this.#keep(this.#players.get(id) ?? { id, name, rating: START_RATING, matches: [] });
  }

  get(id: string): PlayerRecord | undefined {
    return this.#players.get(id);
  }

  matched(id: string, match: MatchView): void {
    const matches = this.#players.get(id)?.matches;
    matches?.unshift(match);
    matches?.splice(MOST_MATCHES);
  }

  #keep(player: PlayerRecord): PlayerRecord {
    this.#players.delete(player.id);
    this.#players.set(player.id, player);
    if (this.#players.size > CAPACITY) this.#players.delete(this.#players.keys().next().value as string);
    return player;
  }
}

export function viewOf({ id, name, rating, bot }: PlayerView): PlayerView {
  return { id, name, rating, ...(bot && { bot }) };
}
