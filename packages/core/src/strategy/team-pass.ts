import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { TeamField } from "./team-field.js";
import { NO_GROUP, TeamGroups, type GroupAnswer } from "./team-groups.js";
import { LimitedTeamGroups } from "./team-limited.js";
import type { TeamRule } from "./team-options.js";
import { regionAround } from "./team-region.js";
import type { TeamSeats } from "./team-seats.js";

/** When at the latest to look again at a ticket that has just come, where its spread goes on to widen after that. */
const LOOK_AHEAD: Millis = 10_000;

/** A group that forms. */
export interface FormedGroup {
  /** Oldest first. */
  readonly tickets: readonly Ticket[];
  /** The spread that it is allowed. */
  readonly allowed: number;
}

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

  /** All groups that form now, where something may have changed around these. */
  groups(around: ReadonlySet<Ticket>): FormedGroup[] {
    const { spread, seats } = this.rule;
    const formed: FormedGroup[] = [];
    const region = regionAround(this.pool, around, this.#widest(0));
    const look = new Look(region, seats, this.pool.limits, around);
    for (const { ticket, place } of look.byAge()) {
      const allowed = spread.at(this.now - ticket.joinedAt);
      const { group } = look.find(place, { within: allowed, now: this.now, allowedAt: () => this.now });
      if (group) formed.push({ tickets: look.take(group), allowed });
    }
    return formed;
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
    for (const { ticket, place } of look.byAge()) {
      if (!seats.fillsAround(ticket.players.length, without(ticket, waiting))) continue;
      // The widest spreads are looked at by many and met by few: look as far ahead as it has waited, and no further.
      const ahead = this.#waited(ticket) * 2 + LOOK_AHEAD;
      const within = spread.at(ahead);
      const allowed = spread.at(now - ticket.joinedAt);
      const { group, at } = look.find(place, {
        within,
        now,
        allowedAt: (width) =>
          width <= allowed ? now : Math.max(now + 1, ticket.joinedAt + spread.reaches(width)),
      });
      if (group) look.take(group);
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

/** Tickets to look at, from which some go on the way. */
export class Look {
  readonly #field: TeamField;
  readonly #groups: TeamGroups | LimitedTeamGroups;
  /** The place of the only ticket around which something may have changed, where there is one: it is in each group. */
  readonly #only: number | undefined;

  constructor(
    tickets: readonly Ticket[],
    private readonly seats: TeamSeats,
    limits: Limits | undefined,
    around?: ReadonlySet<Ticket>,
  ) {
    this.#field = new TeamField(tickets, seats.teamSize);
    if (around?.size === 1) this.#only = tickets.findIndex((ticket) => around.has(ticket));
    this.#groups = limits
      ? new LimitedTeamGroups(this.#field, seats, limits)
      : new TeamGroups(this.#field, seats);
  }

  /** Goes through those who are left by age; each is gone from the moment it is its turn. */
  *byAge(): Iterable<{ readonly ticket: Ticket; readonly place: number }> {
    for (const place of this.#field.aged) {
      if (!this.#field.has(place)) continue;
      this.#field.take(place);
      yield { ticket: this.#field.tickets[place] as Ticket, place };
    }
  }

  /** The best group of a ticket and some of those who are left. */
  find(anchor: number, asked: Asked): GroupAnswer {
    const size = this.#field.sizes[anchor] as number;
    if (!this.seats.fillsAround(size, this.#field.counts)) return NO_GROUP;
    if (this.#only === undefined || this.#only === anchor) return this.#groups.find({ anchor, ...asked });
    return this.#field.has(this.#only) ? this.#groups.find({ anchor, with: this.#only, ...asked }) : NO_GROUP;
  }

  /** The group's members go, too. */
  take(group: readonly number[]): Ticket[] {
    for (const place of group) if (this.#field.has(place)) this.#field.take(place);
    return group.map((place) => this.#field.tickets[place] as Ticket);
  }
}

type Asked = Omit<Parameters<TeamGroups["find"]>[0], "anchor">;

function without({ players }: Ticket, counts: readonly number[]): number[] {
  return counts.with(players.length, (counts[players.length] ?? 1) - 1);
}
