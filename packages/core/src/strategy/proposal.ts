import type { EvenmatchError } from "../errors.js";
import { invalid } from "../options.js";
import type { MemoryPool } from "../pool/memory-pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Proposal } from "./strategy.js";

/**
 * What is wrong with the proposals of a pass, if anything: only tickets of the pool, whole and once, and a quality
 * from 0 to 1. One broken proposal drops the whole pass, because a strategy that errs there may err elsewhere too.
 */
export function flawOf<P extends Player>(proposals: readonly Proposal<P>[], pool: MemoryPool<P>): EvenmatchError | undefined {
  if (!Array.isArray(proposals)) return flaw("propose returns an array of proposals", proposals);
  const seen = proposals.length > 1 ? new Set<Ticket<P>>() : undefined;
  for (const proposal of proposals as readonly Partial<Proposal<P>>[]) {
    const { teams, quality } = proposal;
    if (!Array.isArray(teams) || teams.length === 0) return flaw("a proposal has teams", teams);
    if (!(typeof quality === "number" && quality >= 0 && quality <= 1)) return flaw("quality is from 0 to 1", quality);
    const found = flawOfTeams(teams as readonly (readonly Ticket<P>[])[], pool, seen ?? new Set());
    if (found) return found;
  }
  return undefined;
}

function flawOfTeams<P extends Player>(
  teams: readonly (readonly Ticket<P>[])[],
  pool: MemoryPool<P>,
  seen: Set<Ticket<P>>,
): EvenmatchError | undefined {
  for (const team of teams) {
    if (!Array.isArray(team) || team.length === 0) return flaw("a team has tickets", team);
    for (const ticket of team) {
      const own = pool.get(ticket?.id);
      if (!own) return flaw("a proposal holds tickets of its pool alone", ticket?.id);
      if (own !== ticket) return flaw("a proposal holds the tickets of the pool as they are, parties whole", ticket.id);
      if (seen.has(ticket)) return flaw("a ticket is proposed once", ticket.id);
      seen.add(ticket);
    }
  }
  return undefined;
}

function flaw(rule: string, received: unknown): EvenmatchError {
  return invalid("INVALID_PROPOSAL", rule, received, "The pass was dropped and its tickets go on waiting; mend the strategy.");
}
