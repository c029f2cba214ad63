import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import { objectOf, wholeAtLeast } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { AttributeSchema, Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { explainGroup } from "./explain-group.js";
import { countsOf, fills, GroupSearch, Line, type Shape } from "./group-search.js";
import { Classes, type FifoPriority } from "./fifo-priority.js";
import { deal } from "./packing.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** The shape of a match of {@link Fifo}, and who goes first. */
export interface FifoOptions<Attribute extends string = never> {
  /** How many teams play a match; 2 by default. */
  readonly teams?: number;
  /** How many players a team has; 1 by default. Parties up to this size are kept whole. */
  readonly teamSize?: number;
  /** Classes of players; all are alike when left out. */
  readonly priority?: FifoPriority<Attribute>;
}

/** The players of a {@link Fifo}: where it has classes, they carry the attribute that names theirs. */
export type FifoPlayer<Attribute extends string> = Player &
  ([Attribute] extends [never] ? unknown : { readonly attributes: Readonly<Record<Attribute, string>> });

type FifoTicket<Attribute extends string> = Ticket<FifoPlayer<Attribute>>;
type FifoProposal<Attribute extends string> = Proposal<FifoPlayer<Attribute>>;

/**
 * First come, first matched, whatever the ratings.
 *
 * 1. Go through the pool by class, and within a class by age. A ticket fits when the teams can be filled exactly
 *    with it, with the tickets taken before it, and with some of those that come later; what fits is taken, what
 *    does not is passed over.
 * 2. So a group is the first of all possible groups in that order: never a later ticket of a class before an earlier
 *    one that fits. Tickets are dealt to teams large parties first, then in order.
 * 3. Go on with what is left, until nothing can be filled.
 * 4. With limits a ticket fits when they permit it together with those taken and with enough of those later: found
 *    by a search that looks at no more than 2,000 partial groups for each ticket that may come first, and 20,000 in a
 *    pass, and exact where that is enough. For matches of two tickets it always is.
 *
 * The class of a party is that of its last player, so that no place in the line is lent to others. A steady stream
 * of a higher class keeps the lower ones waiting without end, unless `boostAfterMs` is set.
 *
 * Cost: O(1) when no group can be filled, else O(n) to the youngest member of the group; with classes O(n log n)
 * where one can be filled. With limits O(n·g) questions to them for each ticket that is tried as the first of a
 * group of g.
 * Quality: always 1, since no match of this queue counts as better than another.
 *
 * @example
 * ```ts
 * import { Fifo, Matchmaker } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({
 *   queues: { duel: new Fifo({ priority: { attribute: "tier", order: ["vip", "member"] } }) },
 * });
 * await matchmaker.join("duel", { players: [{ id: "ann", rating: 1500, attributes: { tier: "vip" } }] });
 * await matchmaker.close();
 * ```
 */
export class Fifo<const Attribute extends string = never> implements Strategy<FifoPlayer<Attribute>> {
  readonly attributes: AttributeSchema;
  readonly maxPartySize: number;
  readonly #shape: Shape;
  readonly #classes: Classes | undefined;

  /** Throws `INVALID_OPTIONS` when `teams` or `teamSize` is not a whole number of 1 or more, one player would be alone, or `priority` names no classes. */
  constructor(options: FifoOptions<Attribute> = {}) {
    const {
      teams = 2,
      teamSize = 1,
      priority,
    } = objectOf("Fifo", options, ["teams", "teamSize", "priority"]);
    this.maxPartySize = wholeAtLeast(1, "teamSize", teamSize);
    this.#shape = {
      teams: wholeAtLeast(this.maxPartySize === 1 ? 2 : 1, "teams", teams),
      teamSize: this.maxPartySize,
    };
    this.#classes = priority === undefined ? undefined : new Classes(priority);
    this.attributes = this.#classes ? { [this.#classes.attribute]: "string" } : {};
  }

  propose(pool: Pool<FifoPlayer<Attribute>>, now: Millis): FifoProposal<Attribute>[] {
    const left = Array.from({ length: this.#shape.teamSize + 1 }, (_, size) =>
      size === 0 ? 0 : pool.countOf(size),
    );
    const nothing = left.map(() => 0);
    const proposals: FifoProposal<Attribute>[] = [];
    if (!fills(this.#shape, nothing, left)) return proposals;
    if (pool.limits) return this.#limited(pool, pool.limits, now).proposals;
    if (pool.countOf(1) === pool.size) return this.#inTurn(pool, now);
    const queue = new PassingOver(this.#inOrder(pool, now));
    while (fills(this.#shape, nothing, left)) {
      const group = this.#group(queue, left);
      for (const { players } of group) (left[players.length] as number)--;
      proposals.push(this.#proposal(group));
    }
    return proposals;
  }

  nextChange(pool: Pool<FifoPlayer<Attribute>>, now: Millis): Millis {
    // What nobody is kept from changes with joins alone.
    if (!pool.limits) return Infinity;
    const order = this.#classes?.nextChange(pool, now) ?? Infinity;
    const { proposals, opensAt } = this.#limited(pool, pool.limits, now);
    // With fewer there, a search may get further than the one before.
    return proposals.length > 0 ? now + 1 : Math.min(order, opensAt);
  }

  explain(ticket: FifoTicket<Attribute>, pool: Pool<FifoPlayer<Attribute>>, now: Millis): Explanation {
    return explainGroup(this, ticket, pool, now, {
      blocking: () => [],
      find: (limits) => {
        const line = this.#behind(ticket, pool, now);
        const search = new GroupSearch(line, limits, now);
        const group = search.group(0, this.#shape, countsOf(line.tickets, this.#shape.teamSize));
        return group?.map((place) => line.tickets[place] as FifoTicket<Attribute>);
      },
      missing: () => this.#missing(ticket, pool, now),
    });
  }

  #inOrder(pool: Pool<FifoPlayer<Attribute>>, now: Millis): Iterable<FifoTicket<Attribute>> {
    return this.#classes ? this.#classes.sorted(pool, now) : pool;
  }

  /** Where everybody is alone and nobody is kept from anybody, everybody fits who is next. */
  #inTurn(pool: Pool<FifoPlayer<Attribute>>, now: Millis): FifoProposal<Attribute>[] {
    const { teams: count, teamSize } = this.#shape;
    const proposals: FifoProposal<Attribute>[] = [];
    let there = pool.size;
    let teams: FifoTicket<Attribute>[][] = [];
    let team: FifoTicket<Attribute>[] = [];
    for (const ticket of this.#inOrder(pool, now)) {
      // Whoever is left is too few.
      if (team.length === 0 && teams.length === 0 && there < count * teamSize) break;
      there--;
      if (team.push(ticket) < teamSize) continue;
      const isFull = teams.push(team) === count;
      team = [];
      if (!isFull) continue;
      proposals.push({ teams, quality: 1 });
      teams = [];
    }
    return proposals;
  }

  /** Goes once through all who may come first in a group: whoever does not now will not with fewer there. */
  #limited(
    pool: Pool<FifoPlayer<Attribute>>,
    limits: Limits,
    now: Millis,
  ): { readonly proposals: FifoProposal<Attribute>[]; readonly opensAt: Millis } {
    const line = new Line(this.#inOrder(pool, now));
    const search = new GroupSearch(line, limits, now);
    const counts = countsOf(line.tickets, this.#shape.teamSize);
    const proposals: FifoProposal<Attribute>[] = [];
    for (let first = line.next(); first !== undefined; first = line.next(first)) {
      const group = search.group(first, this.#shape, counts) ?? [];
      const tickets = group.map((place) => line.tickets[place] as FifoTicket<Attribute>);
      if (tickets.length > 0) proposals.push(this.#proposal(tickets));
      else (counts[(line.tickets[first] as Ticket).players.length] as number)--;
      for (const { players } of tickets) (counts[players.length] as number)--;
      // The first of them last, so that its next is one who is still there.
      for (const place of group.reverse()) line.take(place);
    }
    return { proposals, opensAt: search.opensAt };
  }

  /** The ticket, and all others in order. */
  #behind(
    ticket: FifoTicket<Attribute>,
    pool: Pool<FifoPlayer<Attribute>>,
    now: Millis,
  ): Line<FifoPlayer<Attribute>> {
    return new Line([ticket, ...[...this.#inOrder(pool, now)].filter((other) => other !== ticket)]);
  }

  /** Those with whom it could be in a match if as many single players came as are missing. */
  #missing(ticket: FifoTicket<Attribute>, pool: Pool<FifoPlayer<Attribute>>, now: Millis) {
    const { teams, teamSize } = this.#shape;
    const singles = [0, teams * teamSize];
    const [, ...others] = this.#behind(ticket, pool, now);
    const group = [ticket];
    for (const other of others) {
      const together = [...group, other];
      const isPlaced = fills(this.#shape, countsOf(together, teamSize), singles);
      if (isPlaced && (pool.limits?.among(together) ?? -Infinity) <= now) group.push(other);
    }
    return { group, needed: teams * teamSize };
  }

  /** The first group in order; there is one. */
  #group(queue: PassingOver<FifoTicket<Attribute>>, counts: readonly number[]): FifoTicket<Attribute>[] {
    const group: FifoTicket<Attribute>[] = [];
    const taken = counts.map(() => 0);
    const later = [...counts];
    let room = this.#shape.teams * this.#shape.teamSize;
    queue.restart();
    while (room > 0) {
      const ticket = queue.next();
      const size = ticket.players.length;
      (later[size] as number)--;
      (taken[size] as number)++;
      if (fills(this.#shape, taken, later)) {
        group.push(ticket);
        room -= size;
      } else {
        (taken[size] as number)--;
        queue.passOver(ticket);
      }
    }
    return group;
  }

  #proposal(group: readonly FifoTicket<Attribute>[]): FifoProposal<Attribute> {
    const { teams: count, teamSize } = this.#shape;
    const teams: FifoTicket<Attribute>[][] = Array.from({ length: count }, () => []);
    const teamOf = deal(
      group.map(({ players }) => players.length),
      count,
      teamSize,
    );
    group.forEach((ticket, index) => teams[teamOf[index] as number]?.push(ticket));
    return { teams, quality: 1 };
  }
}

/** Goes through tickets in order once, and again over what it was told to pass over. */
class PassingOver<T> {
  readonly #rest: Iterator<T>;
  #skipped: T[] = [];
  #kept: T[] = [];
  #next = 0;

  constructor(tickets: Iterable<T>) {
    this.#rest = tickets[Symbol.iterator]();
  }

  /** Back to the first that is still there. */
  restart(): void {
    if (this.#kept.length > 0) this.#skipped = [...this.#kept, ...this.#skipped.slice(this.#next)];
    else if (this.#next > 0) this.#skipped.splice(0, this.#next);
    this.#kept = [];
    this.#next = 0;
  }

  next(): T {
    return this.#skipped[this.#next++] ?? (this.#rest.next().value as T);
  }

  passOver(ticket: T): void {
    this.#kept.push(ticket);
  }
}
