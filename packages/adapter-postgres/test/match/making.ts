import type { Match, Player, Ticket } from "@evenmatch/core";

export const NOON = Date.UTC(2026, 5, 1, 12);

export function ticket(id: string, players: readonly Player[], joinedAt = NOON - 5_000): Ticket {
  return { id, queue: "duo", region: "eu", players, joinedAt };
}

export function match(id: string, teams: Match["teams"], more: Partial<Match> = {}): Match {
  return { id, queue: "duo", region: "eu", teams, quality: 0.75, createdAt: NOON, ...more };
}
