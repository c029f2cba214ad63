import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { canFill } from "./packing.js";

/** How many partial groups are looked at, for each ticket that a group could begin with. */
const SEARCHED = 2_000;

/** And in a pass, whoever they begin with: one that takes a second keeps everything else of its process waiting. */
const SEARCHED_IN_ALL = 20_000;

/** How many players of which party sizes make a match. */
export interface Shape {
  readonly teams: number;
  readonly teamSize: number;
}

/** Whether the teams can be filled with all parties of `must` and any of `may`, both counted by size. */
export function fills({ teams, teamSize }: Shape, must: readonly number[], may: readonly number[]): boolean {
  if (teamSize > 1) return canFill(must, may, teams, teamSize);
  const placed = must[1] ?? 0;
  return placed <= teams && placed + (may[1] ?? 0) >= teams;
}

/** Tickets in an order, from which some are taken out on the way: O(1) to take one out or to go on to the next. */
export class Line<P extends Player> {
  /** The ticket at each place. */
  readonly tickets: readonly Ticket<P>[];
  readonly #next: number[];
  readonly #before: number[];

  constructor(tickets: Iterable<Ticket<P>>) {
    this.tickets = [...tickets];
    // The last entry is the ring's end and its beginning.
    const places = this.tickets.length + 1;
    this.#next = Array.from({ length: places }, (_, place) => (place + 1) % places);
    this.#before = Array.from({ length: places }, (_, place) => (place + places - 1) % places);
  }

  /** The first place, or the first after this one; `undefined` at the end. */
  next(place: number = this.tickets.length): number | undefined {
    const next = this.#next[place] as number;
    return next === this.tickets.length ? undefined : next;
  }

  take(place: number): void {
    const [before, next] = [this.#before[place] as number, this.#next[place] as number];
    this.#next[before] = next;
    this.#before[next] = before;
  }

  *[Symbol.iterator](): Iterator<Ticket<P>> {
    for (let place = this.next(); place !== undefined; place = this.next(place)) {
      yield this.tickets[place] as Ticket<P>;
    }
  }
}

/**
 * Finds groups that limits permit, in the order of a line.
 *
 * 1. From the first ticket on, take whoever may be with all taken so far and can still be placed. If that fills the
 *    teams, no group that begins with the same ticket comes earlier in the order.
 * 2. If it does not, search: of those who may be with all taken so far, take each in turn, as long as the rest can
 *    still fill the teams. The first group found is the first there is. The search ends after 2,000 partial groups,
 *    and all searches of a pass after 20,000, as if there were none: finding a group in which nobody is kept from
 *    anybody is NP-hard.
 *
 * What it answers is decided by comparing openings with `now` alone; so until the earliest opening that was still to
 * come, `opensAt`, the answer stays the same.
 *
 * Cost: O(n·g) questions to the limits for a group of g out of n in the first step, the same for each partial group
 * of the second.
 */
export class GroupSearch<P extends Player> {
  /** The first instant at which something that was refused is allowed; `Infinity` if never. */
  opensAt: Millis = Infinity;
  #left = 0;
  #leftInAll = SEARCHED_IN_ALL;
  /** How many players may be with a ticket, itself counted, where it has been asked; later there are only fewer. */
  readonly #most = new Map<number, number>();

  constructor(
    private readonly line: Line<P>,
    private readonly limits: Limits | undefined,
    private readonly now: Millis,
  ) {}

  /**
   * The places of the first group that begins with the ticket at `first`; `undefined` if there is none. `counts`
   * are those of the party sizes from there to the end of the line.
   */
  group(first: number, shape: Shape, counts: readonly number[]): number[] | undefined {
    const nothing = counts.map(() => 0);
    const later = [...counts];
    const size = this.#sizeAt(first);
    const players = shape.teams * shape.teamSize;
    if ((this.#most.get(first) ?? Infinity) < players) return undefined;
    move(size, later, nothing);
    if (!this.#permits([], first) || !fills(shape, nothing, later)) return undefined;
    const may: number[] = [];
    const group = this.#straight(first, shape, { taken: nothing, later, may });
    if (group) return group;
    const most = may.reduce((sum, place) => sum + this.#sizeAt(place), size);
    this.#most.set(first, most);
    if (players <= 2 || most < players) return undefined;
    const given = Math.min(SEARCHED, this.#leftInAll);
    this.#left = given;
    const found = this.#search([first], shape, may);
    this.#leftInAll -= given - Math.max(0, this.#left);
    return found;
  }

  /** The ticket at `first` and, in order, whoever may be with all taken before: at most `most` of them. */
  together(first: number, most: number): number[] {
    const group = this.#permits([], first) ? [first] : [];
    let place = this.line.next(first);
    for (; group.length > 0 && group.length < most && place !== undefined; place = this.line.next(place)) {
      if (this.#permits(group, place)) group.push(place);
    }
    return group;
  }

  /** The first step; where it fails, it has put everybody who may be with the first into `may`. */
  #straight(
    first: number,
    shape: Shape,
    { taken, later, may }: { taken: number[]; later: number[]; may: number[] },
  ): number[] | undefined {
    const group = [first];
    let room = shape.teams * shape.teamSize - this.#sizeAt(first);
    for (let place = this.line.next(first); room > 0; place = this.line.next(place)) {
      if (place === undefined) return undefined;
      const size = this.#sizeAt(place);
      (later[size] as number)--;
      // In a pool of people who may not meet, this is where nearly all of them are passed over.
      if (!this.#opens(this.#between(first, place))) continue;
      may.push(place);
      (taken[size] as number)++;
      if (fills(shape, taken, later) && this.#permits(group, place)) {
        group.push(place);
        room -= size;
      } else (taken[size] as number)--;
    }
    return group;
  }

  /** The first group with all of `group` and some of the places in `may`, each of which may be with the last. */
  #search(group: readonly number[], shape: Shape, may: readonly number[]): number[] | undefined {
    const taken = this.#countsOf(group, shape);
    const later = this.#countsOf(may, shape);
    if (fills(shape, taken, [])) return [...group];
    for (const [index, place] of may.entries()) {
      if (!fills(shape, taken, later) || this.#left-- <= 0) return undefined;
      const size = this.#sizeAt(place);
      move(size, later, taken);
      if (fills(shape, taken, later) && this.#permits(group, place)) {
        const found = this.#search([...group, place], shape, this.#with(place, may.slice(index + 1)));
        if (found) return found;
      }
      (taken[size] as number)--;
    }
    return undefined;
  }

  /** Those of some places that may be with the ticket at another. */
  #with(place: number, others: readonly number[]): number[] {
    return others.filter((other) => this.#opens(this.#between(place, other)));
  }

  #permits(group: readonly number[], place: number): boolean {
    if (!this.limits) return true;
    // Most refusals are between two, and cheaper to find there.
    if (!group.every((taken) => this.#opens(this.#between(taken, place)))) return false;
    const all = [...group, place].map((each) => this.line.tickets[each] as Ticket<P>);
    return group.length === 1 || this.#opens(this.limits.beyondPairs(all));
  }

  #between(one: number, other: number): Millis {
    const { tickets } = this.line;
    return this.limits?.between(tickets[one] as Ticket<P>, tickets[other] as Ticket<P>) ?? -Infinity;
  }

  #opens(at: Millis): boolean {
    if (at > this.now) this.opensAt = Math.min(this.opensAt, at);
    return at <= this.now;
  }

  #sizeAt(place: number): number {
    return (this.line.tickets[place] as Ticket<P>).players.length;
  }

  #countsOf(places: readonly number[], { teamSize }: Shape): number[] {
    return countsOf(
      places.map((place) => this.line.tickets[place] as Ticket<P>),
      teamSize,
    );
  }
}

/** How many parties there are of each size. */
export function countsOf(
  tickets: Iterable<{ readonly players: readonly unknown[] }>,
  largest: number,
): number[] {
  const counts = Array.from({ length: largest + 1 }, () => 0);
  for (const { players } of tickets) (counts[players.length] as number)++;
  return counts;
}

function move(size: number, from: number[], to: number[]): void {
  (from[size] as number)--;
  (to[size] as number)++;
}
