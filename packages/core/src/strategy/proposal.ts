import type { Millis } from "../clock.js";
import type { EvenmatchError } from "../errors.js";
import { invalid } from "../options.js";
import type { MemoryPool } from "../pool/memory-pool.js";
import { ticketsOf, type Team } from "../match/match.js";
import type { Player } from "../ticket/player.js";

/**
 * What is wrong with the proposals of a pass, if anything: only tickets of the pool, whole and once, the limits of
 * the queue, and a quality from 0 to 1. One broken proposal drops the whole pass, because a strategy that errs there may err elsewhere too.
 */
export function flawOf<P extends Player>(
  proposals: unknown,
  pool: MemoryPool<P>,
  now: Millis,
): EvenmatchError | undefined {
  // A strategy may be plain JavaScript: nothing of what it returns is taken for granted.
  if (!isList(proposals)) return flaw("propose returns an array of proposals", proposals);
  const seen = new Set<unknown>();
  for (const proposal of proposals) {
    const { teams, quality } = (proposal ?? {}) as { teams?: unknown; quality?: unknown };
    if (!isList(teams) || teams.length === 0) return flaw("a proposal has teams", teams);
    if (!(typeof quality === "number" && quality >= 0 && quality <= 1))
      return flaw("quality is from 0 to 1", quality);
    const found = flawOfTeams(teams, pool, seen);
    if (found) return found;
    const blocking = pool.limits?.blocking(ticketsOf({ teams: teams as Team<P>[] }), now)[0];
    if (blocking) {
      const remedy = "ask pool.limits, or the third argument of the functions given to defineStrategy";
      return flaw("the limits of the queue hold in a proposal", blocking.rule, remedy);
    }
  }
  return undefined;
}

function flawOfTeams<P extends Player>(
  teams: readonly unknown[],
  pool: MemoryPool<P>,
  seen: Set<unknown>,
): EvenmatchError | undefined {
  for (const team of teams) {
    if (!isList(team) || team.length === 0) return flaw("a team has tickets", team);
    for (const ticket of team) {
      const { id } = (ticket ?? {}) as { id?: unknown };
      const own = pool.get(id as string);
      if (!own) return flaw("a proposal holds tickets of its pool alone", id);
      if (own !== ticket)
        return flaw("a proposal holds the tickets of the pool as they are, parties whole", id);
      if (seen.has(ticket)) return flaw("a ticket is proposed once", id);
      seen.add(ticket);
    }
  }
  return undefined;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function flaw(rule: string, received: unknown, remedy = "mend the strategy"): EvenmatchError {
  return invalid(
    "INVALID_PROPOSAL",
    rule,
    received,
    `The pass was dropped and its tickets go on waiting; ${remedy}.`,
  );
}
