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
 *
 * @returns them in arrays that nobody else has: a strategy may fill its own anew before these are claimed
 */
export function checkedProposals<P extends Player>(
  proposals: unknown,
  pool: MemoryPool<P>,
  now: Millis,
): Proposal<P>[] {
  // A strategy may be plain JavaScript: nothing of what it returns is taken for granted, or read twice.
  if (!Array.isArray(proposals)) throw flaw("propose returns an array of proposals", proposals);
  const checked: Proposal<P>[] = [];
  const tickets: unknown[] = [];
  for (const proposal of proposals as unknown[]) {
    const { teams, quality } = (proposal ?? {}) as { teams?: unknown; quality?: unknown };
    if (!(typeof quality === "number" && quality >= 0 && quality <= 1))
      throw flaw("quality is from 0 to 1", quality);
    const own = filled("a proposal has teams", teams);
    checked.push({ teams: own as Ticket<P>[][], quality });
    for (let place = 0; place < own.length; place++) {
      for (const ticket of (own[place] = filled("a team has tickets", own[place]))) {
        const { id } = (ticket ?? {}) as { id?: unknown };
        const waiting = pool.get(id as string);
        if (!waiting) throw flaw("a proposal holds tickets of its pool alone", id);
        if (waiting !== ticket)
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
  if (pool.limits) for (const proposal of checked) checkLimits(proposal, pool.limits, now);
  return checked;
}

function checkLimits<P extends Player>(proposal: Proposal<P>, limits: Limits, now: Millis): void {
  const tickets = ticketsOf(proposal);
  const [blocking] = limits.blocking(tickets, now);
  // Asked here too, so that a limit which fails to say it fails the pass and not the owner of the pool.
  if (!blocking) return void limits.regionOf(tickets);
  const remedy = "ask pool.limits, or the last argument of the functions given to defineStrategy";
  throw flaw("the limits of the queue hold in a proposal", blocking.rule, remedy);
}

function filled(rule: string, list: unknown): unknown[] {
  if (Array.isArray(list) && list.length > 0) return [...(list as unknown[])];
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
