import type { Match, Millis, Player, PoolKey, Query, Request, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";

/** When cases begin: match time is an argument, and any whole number will do. */
export const START: Millis = 1_750_000_000_000;

/** The pool of cases that need no more than one. */
export const POOL: PoolKey = { queue: "duel", region: "eu" };

/** An id as the library makes it. Its text is told by the name, so that a failing case can be read. */
export function idIn(pool: PoolKey, name: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  const hex = hash.toString(16).padStart(16, "0");
  return idOf(pool, `01970000-0000-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-00${hex.slice(6)}`);
}

/** A ticket; its players are `name`, or those that are given. */
export function ticket(
  name: string,
  {
    players = [name],
    pool = POOL,
    ...rest
  }: Partial<Omit<Ticket, "players" | "id">> & {
    players?: readonly (string | Player)[];
    pool?: PoolKey;
  } = {},
): Ticket {
  return {
    id: idIn(pool, `ticket ${name}`),
    queue: pool.queue,
    region: pool.region,
    players: players.map((player) => (typeof player === "string" ? { id: player, rating: 1500 } : player)),
    joinedAt: START,
    ...rest,
  };
}

/** A match of tickets, one team each. */
export function match(name: string, tickets: readonly Ticket[], rest: Partial<Match> = {}): Match {
  const { queue, region } = tickets[0] as Ticket;
  const pool = { queue, region };
  return {
    id: idIn(pool, `match ${name}`),
    ...pool,
    teams: tickets.map((one) => [one]),
    quality: 0.5,
    createdAt: START,
    ...rest,
  };
}

export function join(one: Ticket): Request {
  return { type: "join", ticket: one };
}

/** The queries for tickets, in their order. */
export function ticketQueries(tickets: readonly Ticket[]): Query[] {
  return tickets.map(({ id }) => ({ type: "ticket", ticketId: id }));
}
