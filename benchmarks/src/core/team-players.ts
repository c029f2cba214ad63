import type { Ticket } from "@evenmatch/core";
import { playerId, seeded, type Arrival } from "./traces.js";

/** How many of a hundred tickets are parties of 1, 2, … 5. */
const SHARES = [50, 25, 10, 5, 10];

/** Friends are no further apart than this, in rating points. */
const APART = 200;

/** The players of a trace in parties of up to five, whoever came first with those after; all in one region. */
export function parties(trace: readonly Arrival[], seed: number): Ticket[] {
  const chance = seeded(seed);
  const tickets: Ticket[] = [];
  for (let next = 0; next < trace.length;) {
    const { rating, at } = trace[next]!;
    const size = Math.min(sizeOf(chance() * 100), trace.length - next);
    const players = Array.from({ length: size }, (_, index) => ({
      id: playerId(next + index),
      rating: index === 0 ? rating : rating + Math.round((chance() - 0.5) * APART),
    }));
    tickets.push(ticketOf(next, players, at));
    next += size;
  }
  return tickets;
}

/** The same players, each alone. */
export function singles(tickets: readonly Ticket[]): Ticket[] {
  return tickets
    .flatMap(({ players, joinedAt }) => players.map((player) => ({ player, joinedAt })))
    .map(({ player, joinedAt }, index) => ({ ...ticketOf(index, [player], 0), joinedAt }));
}

function sizeOf(share: number): number {
  let sum = 0;
  return SHARES.findIndex((part) => share < (sum += part)) + 1 || 1;
}

function ticketOf(index: number, players: Ticket["players"], at: number): Ticket {
  return {
    id: `five.eu.${String(index).padStart(12, "0")}`,
    queue: "five",
    region: "eu",
    players,
    joinedAt: 1_700_000_000_000 + at,
    expiresAt: Infinity,
    heartbeatMs: Infinity,
  };
}
