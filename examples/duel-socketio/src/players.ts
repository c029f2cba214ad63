import { randomUUID } from "node:crypto";
import type { MatchView, PlayerView } from "./protocol.js";

/** A player as the server's book has it. */
export interface PlayerRecord extends PlayerView {
  lastMatch: MatchView | null;
}

/** What newcomers start with. */
const START_RATING = 1500;

/** How many players the book holds; the ones who signed in or came back longest ago go first. */
const CAPACITY = 100_000;

/** The player book. The rating is here and nowhere else: no client says its own. */
export class PlayerBook {
  readonly #players = new Map<string, PlayerRecord>();

  add(name: string, rating = START_RATING): PlayerRecord {
    return this.#keep({ id: randomUUID(), name, rating, lastMatch: null });
  }

  /** The player of a valid token. One whom this process does not know starts anew, as after a restart. */
  of({ id, name }: { readonly id: string; readonly name: string }): PlayerRecord {
    return this.#keep(this.#players.get(id) ?? { id, name, rating: START_RATING, lastMatch: null });
  }

  get(id: string): PlayerRecord | undefined {
    return this.#players.get(id);
  }

  #keep(player: PlayerRecord): PlayerRecord {
    this.#players.delete(player.id);
    this.#players.set(player.id, player);
    if (this.#players.size > CAPACITY) this.#players.delete(this.#players.keys().next().value as string);
    return player;
  }
}

export function viewOf({ id, name, rating }: PlayerView): PlayerView {
  return { id, name, rating };
}
