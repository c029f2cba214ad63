import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import { ticketsOf } from "../match/match.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byAge, ratingOf, type Ticket } from "../ticket/ticket.js";
import type { Explanation, Proposal } from "./strategy.js";

/** At most so many rules are lifted together: what needs more of them is explained by the players who are missing. */
const LIFTED = 3;

/** Among so many of the oldest it is asked which limits keep anybody apart: all pairs of a large pool are too many. */
const OLDEST = 100;

type Blocked = Explanation["blockedBy"][number];

/** A rule of a strategy's own that can be lifted. */
export interface Liftable<P extends Player> {
  readonly rule: string;
  /** The rule as it stands between this group and a match. */
  readonly state: (group: readonly Ticket<P>[]) => Blocked;
}

/** What would be proposed without some rules of the strategy and of the limits. */
export type ProposeWithout<P extends Player> = (
  pool: Pool<P>,
  lifted: ReadonlySet<string>,
) => readonly Proposal<P>[];

/** A group, and what stands between it and a match. */
export interface Obstacle<P extends Player> {
  readonly group: readonly Ticket<P>[];
  readonly blockedBy: readonly Blocked[];
}

/**
 * What stands between a ticket and a match, by trying: the fewest rules that, lifted together, have it proposed
 * now; `undefined` where no three of them do. The strategy's own rules are tried before limits.
 *
 * Cost: that of a pass for every set of rules that is tried.
 */
export function obstacleOf<P extends Player>(
  ticket: Ticket<P>,
  pool: Pool<P>,
  now: Millis,
  own: readonly Liftable<P>[],
  propose: ProposeWithout<P>,
): Obstacle<P> | undefined {
  const rules = [...own.map(({ rule }) => rule), ...rulesOf(ticket, pool, now)];
  for (const lifted of setsOf(rules)) {
    const proposals = propose(copyWithout(pool, lifted), new Set(lifted));
    const proposal = proposals.find((each) => ticketsOf(each).includes(ticket));
    if (!proposal) continue;
    const group = ticketsOf(proposal).sort(byAge);
    const mine = own.filter(({ rule }) => lifted.includes(rule)).map(({ state }) => state(group));
    const limits = pool.limits?.blocking(group, now) ?? [];
    return {
      group,
      blockedBy: [...mine, ...limits.map(({ rule, limit, value }) => ({ rule, limit, value }))],
    };
  }
  return undefined;
}

/** The candidates nearest in rating, at most five. Sorts a copy: no order of the pool has to be kept for it. */
export function nearestTo<P extends Player>(ticket: Ticket<P>, pool: Pool<P>): Explanation["nearest"] {
  return [...pool]
    .filter((other) => other.id !== ticket.id)
    .map((other) => ({ other, ratingGap: Math.abs(ratingOf(other) - ratingOf(ticket)) }))
    .sort((one, two) => one.ratingGap - two.ratingGap || byAge(one.other, two.other))
    .slice(0, 5)
    .map(({ other, ratingGap }) => ({ ticketId: other.id, ratingGap }));
}

/** The limits that keep this ticket from others, or the oldest of these from each other. */
function rulesOf<P extends Player>(ticket: Ticket<P>, pool: Pool<P>, now: Millis): string[] {
  const { limits } = pool;
  if (!limits) return [];
  const waiting = [...pool];
  const blocking = limits.blocking(waiting.slice(0, OLDEST), now);
  for (const other of waiting) if (other !== ticket) blocking.push(...limits.blocking([ticket, other], now));
  return [...new Set(blocking.map(({ rule }) => rule))];
}

/** The empty set, then sets of one, of two and so on. */
function setsOf(rules: readonly string[]): string[][] {
  let sets: string[][] = [[]];
  const all = [...sets];
  for (let size = 1; size <= LIFTED; size++) {
    sets = sets.flatMap((set) =>
      rules.slice(set.length ? rules.indexOf(set.at(-1) as string) + 1 : 0).map((rule) => [...set, rule]),
    );
    all.push(...sets);
  }
  return all;
}

function copyWithout<P extends Player>(pool: Pool<P>, rules: readonly string[]): MemoryPool<P> {
  let limits: Limits | undefined = pool.limits;
  for (const rule of rules) limits = limits?.without(rule);
  return new MemoryPool(pool, { limits });
}
