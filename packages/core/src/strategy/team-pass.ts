import type { Millis } from "../clock.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import type { Agenda } from "./agenda.js";
import type { Proposal } from "./strategy.js";
import { Look } from "./team-look.js";
import type { TeamRule } from "./team-options.js";
import { regionAround, type Region } from "./team-region.js";
import type { SpreadBound } from "./team-spread.js";
import { Splitter } from "./team-split.js";

/**
 * One look at a pool.
 *
 * 1. A group that was not allowed when the pool was last looked at has somebody in it who is dirty, or an oldest
 *    member whose time has come: so it is enough to look at the tickets within reach of these.
 * 2. Go through them by age. Of the groups in which a ticket is the oldest, find the best. If it is allowed, it
 *    forms, and its members are gone. If not, the ticket is gone for this pass: groups in which it is not the oldest
 *    have been found not to be allowed before.
 */
export class TeamPass {
  constructor(
    private readonly rule: TeamRule,
    private readonly pool: Pool,
    private readonly now: Millis,
  ) {}

  /** All matches that form now, where something may have changed around these. */
  proposals(around: ReadonlySet<Ticket>): Proposal[] {
    const { now, pool, rule } = this;
    const proposals: Proposal[] = [];
    const bound = rule.spread.boundOf(pool, now, false);
    const region = regionAround(pool, around, bound.widest);
    const mayReach = reaching(region, around, bound);
    const look = new Look(region, rule.seats, pool.limits, around);
    const splitter = new Splitter(rule, region);
    // One for all, as each would be made for nothing but a call.
    const question = { anchor: 0, within: 0, now, allowedAt: (): Millis => now };
    for (let anchor = look.takeOldest(); anchor >= 0; anchor = look.takeOldest()) {
      if (!mayReach(anchor)) continue;
      question.anchor = anchor;
      question.within = rule.spread.at(region.tickets[anchor]!, now);
      if (look.find(question) > now) continue;
      const { teams, imbalance } = splitter.split(look.take());
      proposals.push({ teams, quality: rule.qualityOf(imbalance, question.within) });
    }
    return proposals;
  }

  /** The next instant at which a group may be allowed that is not allowed now, by the agenda of the pool. */
  nextOf(agenda: Agenda<Player>): Millis {
    const { now } = this;
    const around = agenda.due(now);
    const dues = around.size > 0 ? this.#dues(around) : new Map<Ticket, Millis>();
    for (const [ticket, at] of dues) if (!around.has(ticket)) agenda.bring(ticket, at);
    return agenda.next(now, (ticket) => dues.get(ticket) ?? Infinity);
  }

  /**
   * For those within reach of these, when they have to be looked at again: at the latest when they are the oldest of
   * a group that is allowed. Those for whom that is never are left out.
   */
  #dues(around: ReadonlySet<Ticket>): Map<Ticket, Millis> {
    const { spread, seats } = this.rule;
    const { now, pool } = this;
    const dues = new Map<Ticket, Millis>();
    const waiting = seats.most.map((_, size) => pool.countOf(size));
    const bound = spread.boundOf(pool, now, true);
    const region = regionAround(pool, around, bound.widest);
    const mayReach = reaching(region, around, bound);
    const look = new Look(region, seats, pool.limits, around);
    for (let anchor = look.takeOldest(); anchor >= 0; anchor = look.takeOldest()) {
      if (!mayReach(anchor)) continue;
      const ticket = region.tickets[anchor]!;
      if (!seats.fillsAround(ticket.players.length, without(ticket, waiting))) continue;
      const ahead = spread.lookAhead(ticket, now);
      const within = spread.at(ticket, ahead);
      const allowed = spread.at(ticket, now);
      const at = look.find({
        anchor,
        within,
        now,
        allowedAt: (width) => (width <= allowed ? now : spread.reaches(ticket, width, now)),
      });
      if (at <= now) look.take();
      const due = Math.min(Math.max(at, now + 1), within < spread.widest ? ahead : Infinity);
      if (due < Infinity) dues.set(ticket, due);
    }
    return dues;
  }
}

/**
 * What a pass is made of, to be kept for as long as passes are made. Where no object of a class is left, as between
 * passes, V8 forgets at the next collection how such objects are laid out, and with it every function that was
 * compiled for them: the next pass would begin cold.
 */
export function keptShapes(rule: TeamRule): readonly unknown[] {
  return [true, false].map((isSingle) => {
    const nobody = { tickets: [], ratings: new Float64Array(), isSingle };
    return [new Look(nobody, rule.seats, undefined), new Splitter(rule, nobody), new MemoryPool().ascend()];
  });
}

/** Whether a group of the ticket at a place can have one of `around` in it. */
function reaching(
  { ratings }: Region,
  around: ReadonlySet<Ticket>,
  { at }: SpreadBound,
): (place: number) => boolean {
  if (!at || around.size * 4 > ratings.length) return () => true;
  const centres = [...around].map(ratingOf);
  return (place) => {
    const rating = ratings[place]!;
    const reach = at(rating);
    return centres.some((each) => Math.abs(each - rating) <= reach);
  };
}

function without({ players }: Ticket, counts: readonly number[]): number[] {
  return counts.with(players.length, (counts[players.length] ?? 1) - 1);
}
