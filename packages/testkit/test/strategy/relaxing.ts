import { defineStrategy, ratingOf, type Millis, type Proposal, type Ticket } from "@evenmatch/core";

/** Every so many milliseconds of waiting a ticket accepts another {@link RELAXING_BY} rating points. */
export const RELAXING_MS = 60;
export const RELAXING_BY = 25;

const GAP = 50;

/**
 * A gap that widens in steps: two meet when the younger of them has waited long enough for their gap. The oldest
 * choose first, each the nearest; ties go by age.
 */
export function relaxing({ late = 0 }: { readonly late?: Millis } = {}) {
  return defineStrategy({
    propose: (tickets, now) => propose(tickets, now),
    nextChange: (tickets, now) => nextMeeting(tickets, now) + late,
  });
}

function propose(tickets: readonly Ticket[], now: Millis): Proposal[] {
  const taken = new Set<Ticket>();
  return tickets.flatMap((ticket, index): Proposal[] => {
    if (taken.has(ticket)) return [];
    const [other] = tickets
      .slice(index + 1)
      .filter((candidate) => !taken.has(candidate) && meetAt(ticket, candidate) <= now)
      .sort((one, two) => gap(ticket, one) - gap(ticket, two));
    if (!other) return [];
    taken.add(ticket).add(other);
    return [{ teams: [[ticket], [other]], quality: 1 / (1 + gap(ticket, other)) }];
  });
}

/** When the next two who do not meet yet do. */
function nextMeeting(tickets: readonly Ticket[], now: Millis): Millis {
  let next = Infinity;
  for (const [index, ticket] of tickets.entries()) {
    for (const other of tickets.slice(index + 1)) {
      const at = meetAt(ticket, other);
      if (at > now) next = Math.min(next, at);
    }
  }
  return next;
}

/** From when on two accept each other. */
export function meetAt(one: Ticket, other: Ticket): Millis {
  const steps = Math.max(0, Math.ceil((gap(one, other) - GAP) / RELAXING_BY));
  return Math.max(one.joinedAt, other.joinedAt) + steps * RELAXING_MS;
}

/** How wide it is for two at `now`. */
export function gapAt(one: Ticket, other: Ticket, now: Millis): number {
  const waited = now - Math.max(one.joinedAt, other.joinedAt);
  return GAP + Math.floor(waited / RELAXING_MS) * RELAXING_BY;
}

function gap(one: Ticket, other: Ticket): number {
  return Math.abs(ratingOf(one) - ratingOf(other));
}
