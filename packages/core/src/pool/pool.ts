import type { Limits } from "../limit/limits.js";
import type { Player } from "../ticket/player.js";
import type { Waiting } from "./waiting.js";

export type { Arrival, RatingWalk, Waiting } from "./waiting.js";

/**
 * What a strategy sees of the tickets that wait together. Iterating a pool goes by age, oldest first; tickets of
 * equal age go by id.
 */
export interface Pool<P extends Player = Player> extends Waiting<P> {
  /** Who may not meet whom, by the settings of the queue; `undefined` where everybody may. */
  readonly limits: Limits | undefined;
}
