import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Ticket } from "../ticket/ticket.js";
import { TeamField } from "./team-field.js";
import { TeamGroups, type GroupQuestion, type Groups } from "./team-groups.js";
import { LimitedTeamGroups } from "./team-limited.js";
import type { Region } from "./team-region.js";
import type { TeamSeats } from "./team-seats.js";
import { SingleGroups } from "./team-singles.js";

/** Tickets to look at, from which some go on the way. */
export class Look {
  readonly #field: TeamField;
  readonly #groups: Groups;
  /** The place of the only ticket around which something may have changed, where there is one: it is in each group. */
  readonly #only: number | undefined;

  constructor(
    region: Region,
    private readonly seats: TeamSeats,
    limits: Limits | undefined,
    around?: ReadonlySet<Ticket>,
  ) {
    this.#field = new TeamField(region, seats.teamSize);
    if (around?.size === 1) this.#only = region.tickets.findIndex((ticket) => around.has(ticket));
    const unlimited = new (region.isSingle ? SingleGroups : TeamGroups)(this.#field, seats);
    this.#groups = limits ? new LimitedTeamGroups(this.#field, seats, limits, unlimited) : unlimited;
  }

  /** The place of the oldest who is left, and who is gone from now on; −1 when nobody is left. */
  takeOldest(): number {
    return this.#field.takeOldest();
  }

  joinedAt(place: number): Millis {
    return this.#field.ages.joined[place]!;
  }

  /** As {@link Groups.find}: the best group of a ticket and some of those who are left. */
  find(question: GroupQuestion): Millis {
    const { anchor } = question;
    if (!this.seats.fillsAround(this.#field.sizes[anchor]!, this.#field.counts)) return Infinity;
    if (this.#only === undefined || this.#only === anchor) return this.#groups.find(question);
    return this.#field.has(this.#only) ? this.#groups.find({ ...question, with: this.#only }) : Infinity;
  }

  /** The places of the group that was just found, oldest first; they go, too. */
  take(): readonly number[] {
    const group = this.#groups.found;
    for (const place of group) if (this.#field.has(place)) this.#field.take(place);
    return group;
  }
}
