import {
  byAge,
  defineLimit,
  MemoryPool,
  ratingOf,
  ticketsOf,
  type Explanation,
  type Millis,
  type Pool,
  type Proposal,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import { gapAt, meetAt } from "./relaxing.js";

type Blocked = Explanation["blockedBy"][number];

/**
 * The gap that widens in steps, kept apart by the limits of the queue, and able to explain itself: two meet when the
 * younger of them has waited long enough for their gap and the limits let them. The oldest choose first, each the
 * nearest. Written to be plainly right; its faults are put in by overriding a part.
 */
export class Explaining implements Strategy {
  constructor(private readonly isGapLifted = false) {}

  propose(pool: Pool, now: Millis): Proposal[] {
    const taken = new Set<Ticket>();
    const tickets = [...pool];
    return tickets.flatMap((ticket): Proposal[] => {
      if (taken.has(ticket)) return [];
      const [other] = tickets
        .filter((each) => each !== ticket && !taken.has(each) && this.opensAt(ticket, each, pool) <= now)
        .sort((one, two) => gap(ticket, one) - gap(ticket, two) || byAge(one, two));
      if (!other) return [];
      taken.add(ticket).add(other);
      return [{ teams: [[ticket], [other]], quality: 1 / (1 + gap(ticket, other)) }];
    });
  }

  nextChange(pool: Pool, now: Millis): Millis {
    const instants = [...pool].flatMap((one) =>
      [...pool].map((other) => (one === other ? Infinity : this.opensAt(one, other, pool))),
    );
    return Math.min(Infinity, ...instants.filter((at) => at > now));
  }

  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    const others = [...pool].filter((each) => each !== ticket);
    const nearest = [...others].sort((one, two) => gap(ticket, one) - gap(ticket, two) || byAge(one, two));
    const [next] = nearest
      .map((other) => ({ other, blockedBy: this.blockedBy(ticket, other, pool, now) }))
      .sort((one, two) => one.blockedBy.length - two.blockedBy.length);
    return {
      ticketId: ticket.id,
      nearest: nearest.slice(0, 5).map((each) => ({ ticketId: each.id, ratingGap: gap(ticket, each) })),
      group: next ? [ticket.id, next.other.id] : [ticket.id],
      blockedBy: next?.blockedBy ?? [{ rule: "players", limit: 2, value: 1 }],
      givesWayAt: this.givesWayAt(ticket, pool, now),
    };
  }

  protected blockedBy(ticket: Ticket, other: Ticket, pool: Pool, now: Millis): Blocked[] {
    const blocked: Blocked[] = (pool.limits?.blocking([ticket, other], now) ?? []).map(
      ({ rule, limit, value }) => ({ rule, limit, value }),
    );
    const ratingGap = { rule: "ratingGap", limit: gapAt(ticket, other, now), value: gap(ticket, other) };
    return ratingGap.value > ratingGap.limit ? [ratingGap, ...blocked] : blocked;
  }

  /** Runs forward: who meets whom on the way decides who is left. */
  protected givesWayAt(ticket: Ticket, pool: Pool, now: Millis): Millis {
    const copy = new MemoryPool(pool, pool);
    for (let at = now; at < Infinity; at = this.nextChange(copy, at)) {
      const matched = this.propose(copy, at).flatMap(ticketsOf);
      if (matched.includes(ticket)) return at;
      for (const { id } of matched) copy.remove(id);
    }
    return Infinity;
  }

  protected opensAt(one: Ticket, other: Ticket, { limits }: Pool): Millis {
    const meet = this.isGapLifted ? Math.max(one.joinedAt, other.joinedAt) : meetAt(one, other);
    return Math.max(meet, limits?.between(one, other) ?? meet);
  }
}

/** Somebody does not want to meet somebody: nothing that time changes. */
export const block = defineLimit({
  rule: "blockList",
  attributes: { blocked: "string[]" },
  between: (one, other) => !one.attributes.blocked.includes(other.id),
});

/** With the widening gap lifted: the one rule of its own. */
export function liftGap(rule: string): Strategy | undefined {
  return rule === "ratingGap" ? new Explaining(true) : undefined;
}

function gap(one: Ticket, other: Ticket): number {
  return Math.abs(ratingOf(one) - ratingOf(other));
}
