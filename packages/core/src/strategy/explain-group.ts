import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import { ticketsOf } from "../match/match.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import type { Blocking } from "./explanation.js";
import { foreseen } from "./foresee.js";
import { nearestTo } from "./outward.js";
import type { Explanation, Strategy } from "./strategy.js";

/** Among so many of the oldest it is asked which limits keep anybody apart: all pairs of a large pool are too many. */
const OLDEST = 100;

/** What a strategy knows of itself, for {@link explainGroup}. */
export interface GroupReasons<P extends Player> {
  /** The strategy's own rules that stand between a group and a match now, whatever its limits. */
  blocking(group: readonly Ticket<P>[]): Blocking[];
  /** A group with the ticket that limits permit, whatever the other rules; `undefined` where there is none. */
  find(limits: Limits | undefined): Ticket<P>[] | undefined;
  /** Those with whom it could be in a match if more came, and how many players that takes. */
  missing(): { readonly group: readonly Ticket<P>[]; readonly needed: number };
}

/**
 * Why a ticket waits whose strategy makes the first group that it finds in an order.
 *
 * 1. If it will be in a match although nobody comes, that match is its group, and what blocks it now is the reason.
 * 2. If not, it is tried which limits would have to be lifted: none, then one, then two. What stands between the
 *    group found so and a match is the reason; since fewer limits lifted found none, each of these is needed.
 * 3. If nothing helps, too few are there.
 *
 * Cost: that of running the strategy forward, and of a search for every set of limits that is tried.
 */
export function explainGroup<P extends Player>(
  strategy: Strategy<P>,
  ticket: Ticket<P>,
  pool: Pool<P>,
  now: Millis,
  reasons: GroupReasons<P>,
): Explanation {
  const coming = foreseen(strategy, pool, ticket, now);
  const group = coming ? ticketsOf(coming.proposal) : unlocked(ticket, pool, now, reasons);
  const missing = group ? { group, needed: 0 } : reasons.missing();
  // Somebody whom a limit keeps from every match is alone.
  const there = missing.group.length > 0 ? missing.group : [ticket];
  const players = there.reduce((sum, each) => sum + each.players.length, 0);
  return {
    ticketId: ticket.id,
    // Of a copy: the pool need not keep an order of ratings for it.
    nearest: nearestTo(ticket, new MemoryPool(pool)),
    group: [...there].sort(byAge).map(({ id }) => id),
    blockedBy: group
      ? [...reasons.blocking(there), ...(pool.limits?.blocking(there, now) ?? [])]
      : [{ rule: "players", limit: missing.needed, value: players }],
    givesWayAt: coming?.at ?? Infinity,
  };
}

/** The group that the fewest lifted limits make possible. */
function unlocked<P extends Player>(
  ticket: Ticket<P>,
  pool: Pool<P>,
  now: Millis,
  reasons: GroupReasons<P>,
): Ticket<P>[] | undefined {
  for (const lifted of setsOf(rulesOf(ticket, pool, now))) {
    let { limits } = pool;
    for (const rule of lifted) limits = limits?.without(rule);
    const group = reasons.find(limits);
    if (group) return group;
  }
  return reasons.find(undefined);
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
  for (let size = 1; size <= rules.length; size++) {
    sets = sets.flatMap((set) =>
      rules.slice(rules.indexOf(set.at(-1) ?? "") + 1).map((rule) => [...set, rule]),
    );
    all.push(...sets);
  }
  return all;
}
