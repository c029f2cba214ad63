import type { MatchFilter } from "@evenmatch/core";
import { BUSY_PLAYER, HISTORY_START, HISTORY_STEP } from "@evenmatch/services";
import { seeded } from "../core/traces.js";
import type { History } from "./histories.js";

/** Which index a page is read from. */
export type Kind = "time" | "queue" | "player" | "player-queue";

const SEED = 60_617;

/** So many pages somewhere in a history: of any time, and of players who play a little or a lot. */
export function questions(kind: Kind, { matches, players }: History, count: number): MatchFilter[] {
  const chance = seeded(SEED);
  const end = HISTORY_START + (matches / 5) * HISTORY_STEP;
  const instant = (): number => Math.round(HISTORY_START + chance() * (end - HISTORY_START));
  const player = (): string => (chance() < 0.1 ? BUSY_PLAYER : `player-${Math.floor(chance() * players)}`);
  const queue = (): string => (chance() < 0.5 ? "duel" : "rare");
  return Array.from({ length: count }, () => ({
    ...(kind.startsWith("player") && { playerId: player() }),
    ...(kind.endsWith("queue") && { queue: queue() }),
    // Behind the last of that instant.
    after: `${instant()}~z`,
  }));
}
