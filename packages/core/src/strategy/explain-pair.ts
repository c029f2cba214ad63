import type { Millis } from "../clock.js";
import { ticketsOf } from "../match/match.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import { gapBetween, type Ticket } from "../ticket/ticket.js";
import type { Blocking } from "./explanation.js";
import { foreseen } from "./foresee.js";
import { chainAround, nearestTo, outward } from "./outward.js";
import type { Explanation, Strategy } from "./strategy.js";

/** What a strategy for two knows of itself, for {@link explainPair}. */
export interface PairReasons {
  /** Nobody meets anyone further away in rating, however long they wait. */
  readonly reach: number;
  /** The strategy's own rule that keeps the ticket from another now; `undefined` where none does. */
  blocking(other: Ticket, ratingGap: number): Blocking | undefined;
}

/**
 * Why nobody meets this ticket yet, where two make a match.
 *
 * 1. If it will be in a match although nobody comes, because a rule gives way, that match is the group.
 * 2. If not, or if no rule keeps the two from it and one of them only waits for somebody nearer, the group is the ticket and the one whom the fewest rules keep from it, of several the nearest.
 *
 * Cost: passes over those whom `reach` connects with the ticket; with limits, besides O(n) to look for somebody whom
 * one rule alone keeps away.
 */
export function explainPair(
  strategy: Strategy,
  ticket: Ticket,
  pool: Pool,
  now: Millis,
  reasons: PairReasons,
): Explanation {
  const { limits } = pool;
  const chain = new MemoryPool(chainAround(ticket, pool, reasons.reach), { limits, arrivalsOf: pool });
  const coming = foreseen(strategy, chain, ticket, now);
  const opponent = coming && ticketsOf(coming.proposal).find((one) => one !== ticket);
  let group = [ticket];
  let blockedBy: Blocking[] = [{ rule: "players", limit: 2, value: 1 }];
  const consider = (other: Ticket, ratingGap: number): boolean => {
    const own = reasons.blocking(other, ratingGap);
    const rules = [...(own ? [own] : []), ...(limits?.blocking([ticket, other], now) ?? [])];
    // Whom no rule keeps from it waits a moment more, for somebody nearer.
    if (rules.length > 0 && (group.length === 1 || rules.length < blockedBy.length)) {
      group = [ticket, other];
      blockedBy = rules;
    }
    return rules.length > 0;
  };
  if (!opponent || !consider(opponent, gapBetween(ticket, opponent)))
    for (const candidate of outward(ticket, pool))
      if (consider(...candidate) && blockedBy.length === 1) break;
  return {
    ticketId: ticket.id,
    nearest: nearestTo(ticket, pool),
    group: group.map(({ id }) => id),
    blockedBy,
    givesWayAt: coming?.at ?? Infinity,
  };
}

/** The rule of a gap that does not widen. */
export function withinGap(maxRatingGap: number): PairReasons {
  return {
    reach: maxRatingGap,
    blocking: (_, value) =>
      value > maxRatingGap ? { rule: "maxRatingGap", limit: maxRatingGap, value } : undefined,
  };
}
