import type { Millis } from "../clock.js";
import { invalid } from "../options.js";
import type { MemoryPool } from "../pool/memory-pool.js";
import type { Limits } from "../limit/limits.js";
import { ticketsOf } from "../match/match.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Proposal } from "./strategy.js";

/**
 * Throws `INVALID_PROPOSAL` unless the proposals of a pass hold only tickets of the pool, whole and once, keep the
 * limits of the queue, and have a quality from 0 to 1. One broken proposal drops the whole pass, because a strategy
 * that errs there may err elsewhere too.
 */
export function checkProposals<P extends Player>(proposals: unknown, pool: MemoryPool<P>, now: Millis): void {
  // A strategy may be plain JavaScript: nothing of what it returns is taken for granted.
  if (!Array.isArray(proposals)) throw flaw("propose returns an array of proposals", proposals);
  if (proposals.length === 0) return;
  const tickets: unknown[] = [];
  for (const proposal of proposals as unknown[]) {
    const { teams, quality } = (proposal ?? {}) as { teams?: unknown; quality?: unknown };
    if (!(typeof quality === "number" && quality >= 0 && quality <= 1))
      throw flaw("quality is from 0 to 1", quality);
    for (const team of filled("a proposal has teams", teams)) {
      for (const ticket of filled("a team has tickets", team)) {
        const { id } = (ticket ?? {}) as { id?: unknown };
        const own = pool.get(id as string);
        if (!own) throw flaw("a proposal holds tickets of its pool alone", id);
        if (own !== ticket)
          throw flaw("a proposal holds the tickets of the pool as they are, parties whole", id);
        tickets.push(ticket);
      }
    }
  }
  // A set costs more than all the rest where a pass proposes one pair, as most do.
  const isOnce = tickets.length === 2 ? tickets[0] !== tickets[1] : new Set(tickets).size === tickets.length;
  if (!isOnce)
    throw flaw(
      "a ticket is proposed once",
      (tickets as Ticket[]).map(({ id }) => id),
    );
  if (pool.limits) for (const proposal of proposals as Proposal<P>[]) checkLimits(proposal, pool.limits, now);
}

function checkLimits<P extends Player>(proposal: Proposal<P>, limits: Limits, now: Millis): void {
  const tickets = ticketsOf(proposal);
  const [blocking] = limits.blocking(tickets, now);
  // Asked here too, so that a limit which fails to say it fails the pass and not the owner of the pool.
  if (!blocking) return void limits.regionOf(tickets);
  const remedy = "ask pool.limits, or the last argument of the functions given to defineStrategy";
  throw flaw("the limits of the queue hold in a proposal", blocking.rule, remedy);
}

function filled(rule: string, list: unknown): readonly unknown[] {
  if (Array.isArray(list) && list.length > 0) return list;
  throw flaw(rule, list);
}

function flaw(rule: string, received: unknown, remedy = "mend the strategy"): Error {
  return invalid(
    "INVALID_PROPOSAL",
    rule,
    received,
    `The pass was dropped and its tickets go on waiting; ${remedy}.`,
  );
}
