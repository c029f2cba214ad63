import { randomUUID } from "node:crypto";
import type { PlayerView } from "./protocol.js";

/** What newcomers start with. */
export const START_RATING = 1500;

/** Each sign-in is a new player, since a name proves nothing: a game has accounts here. */
export function newPlayer(name: string, rating = START_RATING, isBot = false): PlayerView {
  return viewOf({ id: randomUUID(), name, rating, ...(isBot && { bot: true }) });
}

export function viewOf({ id, name, rating, bot }: PlayerView): PlayerView {
  return { id, name, rating, ...(bot && { bot }) };
}
