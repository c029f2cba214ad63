import type { Millis } from "../clock.js";
import { ticketsOf } from "../match/match.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import { foreseen } from "./foresee.js";
import { nearest, type Near } from "./relaxing-blitz-field.js";
import type { BlitzMoment } from "./relaxing-blitz-moment.js";
import type { Explanation, Strategy } from "./strategy.js";

/** How many candidates an explanation names. */
const NAMED = 5;

/** What stands between a ticket and another. */
interface Candidate<P extends Player> {
  readonly other: Ticket<P>;
  readonly blockedBy: Explanation["blockedBy"];
}

/**
 * Why a ticket of a blitz waits.
 *
 * 1. Run the strategy forward: whom the ticket meets if nobody comes, and when.
 * 2. If it meets nobody, take whoever the fewest rules keep away; of those the nearest, then the oldest.
 * 3. Name the rules that keep the two apart now.
 *
 * Cost: O(n) and that of the passes up to the match.
 */
export function explainBlitz<P extends Player>(
  strategy: Strategy<P>,
  moment: BlitzMoment<P>,
  ticket: Ticket<P>,
  pool: Pool<P>,
  now: Millis,
): Explanation {
  const others = inOrder(nearest(pool, ticket));
  const match = foreseen(strategy, pool, ticket, now);
  const opponent = match && ticketsOf(match.proposal).find((other) => other !== ticket);
  const candidates = others
    .filter(([other]) => !opponent || other === opponent)
    .map(([other, gap]): Candidate<P> => ({ other, blockedBy: moment.blocking(ticket, other, gap) }));
  const [candidate] = candidates.sort((one, other) => one.blockedBy.length - other.blockedBy.length);
  return {
    ticketId: ticket.id,
    nearest: others.slice(0, NAMED).map(([{ id }, ratingGap]) => ({ ticketId: id, ratingGap })),
    group: candidate ? [ticket.id, candidate.other.id] : [ticket.id],
    blockedBy: candidate?.blockedBy ?? [{ rule: "players", limit: 2, value: 1 }],
    givesWayAt: match?.at ?? Infinity,
  };
}

/** Of those equally near the older comes first. */
function inOrder<P extends Player>(all: Iterable<Near<P>>): Near<P>[] {
  return [...all].sort(([one, oneGap], [other, otherGap]) => oneGap - otherGap || byAge(one, other));
}
