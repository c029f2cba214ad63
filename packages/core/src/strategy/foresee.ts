import type { Millis } from "../clock.js";
import { ticketsOf } from "../match/match.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Proposal, Strategy } from "./strategy.js";

/** How many instants are looked at: a strategy that asks every few milliseconds for ever must come to an end. */
const FURTHEST = 10_000;

/**
 * When a waiting ticket would be in a match if nobody came or left: the strategy is run forward on a copy of the
 * pool, from one instant that it names to the next, as its owner would. Exact for any strategy. `Infinity` if never,
 * and also where nothing happened in 10,000 instants.
 *
 * Cost: that of the passes, and O(n) for the copy. It is for explanations, which somebody asks for now and then.
 */
export function foresee<P extends Player>(
  strategy: Strategy<P>,
  pool: Pool<P>,
  ticket: Ticket<P>,
  now: Millis,
): Millis {
  return foreseen(strategy, pool, ticket, now)?.at ?? Infinity;
}

/** The same, with the match that it would be in. */
export function foreseen<P extends Player>(
  strategy: Strategy<P>,
  pool: Pool<P>,
  ticket: Ticket<P>,
  now: Millis,
): { readonly at: Millis; readonly proposal: Proposal<P> } | undefined {
  const copy = new MemoryPool(pool, { limits: pool.limits, arrivalsOf: pool });
  for (let at = now, instants = 0; at < Infinity && instants < FURTHEST; instants++) {
    const proposals = strategy.propose(copy, at);
    const proposal = proposals.find((each) => ticketsOf(each).includes(ticket));
    if (proposal) return { at, proposal };
    copy.clean();
    for (const { id } of proposals.flatMap(ticketsOf)) copy.remove(id);
    at = Math.max(at + 1, Math.ceil(strategy.nextChange(copy, at)));
  }
  return undefined;
}
