import type { Millis } from "../clock.js";
import { ticketsOf } from "../match/match.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import { foreseen } from "./foresee.js";
import { chainAround, outward } from "./outward.js";
import type { Explanation, Strategy } from "./strategy.js";

/** How many candidates an explanation names. */
const NEAREST = 5;

/**
 * Why nobody meets this ticket yet, where two meet within a gap.
 *
 * 1. If it will be in a match although nobody comes, because a limit gives way, that match is the group.
 * 2. If not, the group is the ticket and the one whom the fewest rules keep from it, of several the nearest.
 *
 * Cost: O(log n) where the first candidate is kept away by one rule alone, as by the gap. With limits, O(n) to look
 * for such a one, and passes over those whom the gap connects with the ticket.
 */
export function explainPair(
  strategy: Strategy,
  maxRatingGap: number,
  ticket: Ticket,
  pool: Pool,
  now: Millis,
): Explanation {
  const { limits } = pool;
  const blocking = (other: Ticket): Explanation["blockedBy"] => {
    const value = Math.abs(ratingOf(other) - ratingOf(ticket));
    const byLimits = limits?.blocking([ticket, other], now) ?? [];
    return [
      ...(value > maxRatingGap ? [{ rule: "maxRatingGap", limit: maxRatingGap, value }] : []),
      ...byLimits.map(({ rule, limit, value }) => ({ rule, limit, value })),
    ];
  };
  const chain = new MemoryPool(chainAround(ticket, pool, maxRatingGap), { limits });
  const coming = foreseen(strategy, chain, ticket, now);
  let partner = coming && ticketsOf(coming.proposal).find((one) => one !== ticket);
  let blockedBy = partner ? blocking(partner) : [{ rule: "players", limit: 2, value: 1 }];
  let fewest = partner ? 0 : Infinity;
  const nearest: { ticketId: string; ratingGap: number }[] = [];
  for (const [other, ratingGap] of outward(ticket, pool)) {
    if (nearest.length < NEAREST) nearest.push({ ticketId: other.id, ratingGap });
    else if (fewest <= 1) break;
    const rules = fewest > 1 ? blocking(other) : [];
    if (rules.length >= fewest || fewest <= 1) continue;
    fewest = rules.length;
    blockedBy = rules;
    partner = other;
  }
  const group = partner ? [ticket, partner] : [ticket];
  return {
    ticketId: ticket.id,
    nearest,
    group: group.map(({ id }) => id),
    blockedBy,
    givesWayAt: coming?.at ?? Infinity,
  };
}
