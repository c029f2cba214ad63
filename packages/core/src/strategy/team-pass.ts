import type { Millis } from "../clock.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { evenness } from "./evenness.js";
import type { Proposal } from "./strategy.js";
import { Look } from "./team-look.js";
import type { TeamRule } from "./team-options.js";
import { regionAround } from "./team-region.js";
import { Splitter } from "./team-split.js";

/** When at the latest to look again at a ticket that has just come, where its spread goes on to widen after that. */
const LOOK_AHEAD: Millis = 10_000;

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
    const region = regionAround(pool, around, this.#widest(0));
    const look = new Look(region, rule.seats, pool.limits, around);
    const splitter = new Splitter(rule, region);
    const allowedAt = (): Millis => now;
    for (let anchor = look.takeOldest(); anchor >= 0; anchor = look.takeOldest()) {
      const within = rule.spread.at(now - look.joinedAt(anchor));
      if (look.find({ anchor, within, now, allowedAt }) > now) continue;
      const { teams, imbalance } = splitter.split(look.take());
      proposals.push({ teams, quality: evenness(imbalance, within) });
    }
    return proposals;
  }

  /**
   * For those within reach of these, when they have to be looked at again: at the latest when they are the oldest of
   * a group that is allowed. Those for whom that is never are left out.
   */
  dues(around: ReadonlySet<Ticket>): Map<Ticket, Millis> {
    const { spread, seats } = this.rule;
    const { now, pool } = this;
    const dues = new Map<Ticket, Millis>();
    const waiting = seats.most.map((_, size) => pool.countOf(size));
    const region = regionAround(pool, around, this.#widest(LOOK_AHEAD));
    const look = new Look(region, seats, pool.limits, around);
    for (let anchor = look.takeOldest(); anchor >= 0; anchor = look.takeOldest()) {
      const ticket = region.tickets[anchor]!;
      if (!seats.fillsAround(ticket.players.length, without(ticket, waiting))) continue;
      // The widest spreads are looked at by many and met by few: look as far ahead as it has waited, and no further.
      const ahead = this.#waited(ticket) * 2 + LOOK_AHEAD;
      const within = spread.at(ahead);
      const allowed = spread.at(now - ticket.joinedAt);
      const at = look.find({
        anchor,
        within,
        now,
        allowedAt: (width) =>
          width <= allowed ? now : Math.max(now + 1, ticket.joinedAt + spread.reaches(width)),
      });
      if (at <= now) look.take();
      const due = Math.min(
        Math.max(at, now + 1),
        within < spread.widest ? ticket.joinedAt + ahead : Infinity,
      );
      if (due < Infinity) dues.set(ticket, due);
    }
    return dues;
  }

  /** The widest spread that anybody's wait allows, now or by when it is looked at again. */
  #widest(lookAhead: Millis): number {
    const { spread } = this.rule;
    if (spread.widensAt === Infinity) return spread.widest;
    for (const oldest of this.pool) {
      return spread.at(lookAhead === 0 ? this.#waited(oldest) : this.#waited(oldest) * 2 + lookAhead);
    }
    return 0;
  }

  #waited(ticket: Ticket): Millis {
    return Math.max(0, this.now - ticket.joinedAt);
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

function without({ players }: Ticket, counts: readonly number[]): number[] {
  return counts.with(players.length, (counts[players.length] ?? 1) - 1);
}
