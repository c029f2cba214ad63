import {
  ticketsOf,
  type Millis,
  type Player,
  type Pool,
  type Proposal,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";

/** Qualities that differ by less are equal: sums of floating-point numbers depend on their order. */
const QUALITY_DIGITS = 9;

/**
 * Proposals as text that is equal when they are. The order of proposals and that of tickets within a team mean
 * nothing; the order of teams does, since a game may give the first team the first move.
 */
export function canonical<P extends Player>(proposals: readonly Proposal<P>[]): string[] {
  return proposals.map(canonicalOne).sort();
}

export function canonicalOne<P extends Player>({ teams, quality }: Proposal<P>): string {
  const sides = teams.map((team) =>
    team
      .map(({ id }) => id)
      .sort()
      .join(" + "),
  );
  return `${sides.join(" against ")} (quality ${Number(quality.toFixed(QUALITY_DIGITS))})`;
}

/**
 * The strategy without its unsound proposals: those with a ticket that does not wait, is not whole, or is in a
 * proposal before, and those that break a limit of the pool. Laws about time and change judge the sound ones alone,
 * because the rest break laws of their own, and each fault is to be named once.
 */
export function soundly<P extends Player>(strategy: Strategy<P>): Strategy<P> {
  return {
    propose(pool, now) {
      const seen = new Set<Ticket<P>>();
      return strategy.propose(pool, now).filter((proposal) => isSound(proposal, pool, now, seen));
    },
    nextChange: (pool, now) => strategy.nextChange(pool, now),
  };
}

function isSound<P extends Player>(
  { teams, quality }: Proposal<P>,
  pool: Pool<P>,
  now: Millis,
  seen: Set<Ticket<P>>,
): boolean {
  const tickets = ticketsOf({ teams });
  const isFlawed =
    teams.some((team) => team.length === 0) || tickets.length === 0 || !(quality >= 0 && quality <= 1);
  if (isFlawed || new Set(tickets).size < tickets.length) return false;
  if (tickets.some((ticket) => !pool.has(ticket) || seen.has(ticket))) return false;
  if (pool.limits && pool.limits.among(tickets) > now) return false;
  for (const ticket of tickets) seen.add(ticket);
  return true;
}
