import type { Millis } from "../clock.js";
import type { Waiting } from "../pool/waiting.js";
import type { Player } from "../ticket/player.js";
import { byRating, gapBetween, type Ticket } from "../ticket/ticket.js";
import { Agendas } from "./agenda.js";
import { outward } from "./outward.js";
import { pairUp } from "./pairing.js";

/** From when on two tickets may be in one match. */
type Between = (one: Ticket, other: Ticket) => Millis;

/**
 * From when on, later than `now`, a ticket may meet somebody whom limits keep from it; `Infinity` if never. Of two who
 * are both `due` only the lower is asked: one of a couple has to look again, and then sees the other.
 */
export function opensNext(
  ticket: Ticket,
  pool: Waiting,
  due: ReadonlySet<Ticket>,
  between: Between,
  reach: number,
  now: Millis,
): Millis {
  let next = Infinity;
  const up = pool.ascend(ticket);
  const { rating } = up;
  const areAllDue = due.size >= pool.size;
  for (const walk of areAllDue ? [up] : [up, pool.descend(ticket)]) {
    while (walk.next() && Math.abs(walk.rating - rating) <= reach) {
      if (walk !== up && due.has(walk.ticket)) continue;
      const at = between(ticket, walk.ticket);
      if (at > now && at < next) next = at;
    }
  }
  return next;
}

/**
 * The best pairs within a gap where limits keep tickets apart: what `OneVsOne` does under limits. Of two tickets that
 * may meet, one at least is due, that is dirty or one for whom a limit has given way: otherwise they would have met
 * in the pass before.
 */
export class PairsWithin {
  readonly #agendas = new Agendas<Player>();

  constructor(
    private readonly between: Between,
    private readonly reach: number,
  ) {}

  /** Who meets whom now; each pair in the order of ratings. */
  propose(pool: Waiting, now: Millis): [Ticket, Ticket][] {
    const { reach } = this;
    const due = this.#agendas.of(pool).due(now);
    const mayMeet = (one: Ticket, other: Ticket): boolean => this.between(one, other) <= now;
    // One alone takes the nearest, and nobody beyond has to be asked.
    if (due.size === 1) {
      for (const ticket of due) {
        for (const [other] of outward(ticket, pool, reach)) {
          if (mayMeet(ticket, other))
            return [byRating(ticket, other) < 0 ? [ticket, other] : [other, ticket]];
        }
      }
      return [];
    }
    const areAllDue = due.size >= pool.size;
    const costOf = (one: Ticket, other: Ticket): number => {
      const gap = gapBetween(one, other);
      if (gap > reach || !(areAllDue || due.has(one) || due.has(other))) return Infinity;
      return mayMeet(one, other) ? gap : Infinity;
    };
    if (due.size * 4 > pool.size) return pairUp(pool, costOf, reach);
    const tickets = new Set(due);
    for (const ticket of due) {
      for (const [other] of outward(ticket, pool, reach)) {
        if (!tickets.has(other) && mayMeet(ticket, other)) tickets.add(other);
      }
    }
    return pairUp(tickets, costOf, reach);
  }

  /** The next instant at which a limit gives way for two who are close enough; `Infinity` if never. */
  nextChange(pool: Waiting, now: Millis): Millis {
    const agenda = this.#agendas.of(pool);
    const due = agenda.due(now);
    return agenda.next(now, (ticket) => opensNext(ticket, pool, due, this.between, this.reach, now));
  }
}
