import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Ticket } from "../ticket/ticket.js";
import type { TeamField } from "./team-field.js";
import { NO_GROUP, type GroupAnswer, type GroupQuestion } from "./team-groups.js";
import type { TeamSeats } from "./team-seats.js";

/** So many steps of the search are made for one ticket: pairs of ends, and questions to the limits. */
const SEARCHED = 20_000;

/** The lowest and the highest of a group, by place; the anchor may be either. */
interface Ends {
  readonly low: number;
  readonly high: number;
  readonly spread: number;
}

/**
 * Finds the same group as {@link TeamGroups} where limits keep some tickets apart: the smallest spread, then the
 * oldest members, of all groups whose members may be in one match.
 *
 * 1. Every group has a lowest and a highest member in the order of ratings. Go through the pairs of such ends with
 *    the anchor between them, narrow ones first; so the first pair with a group has the smallest spread.
 * 2. Between two ends, go through the tickets by age: take whoever may be with all who are taken and leaves the rest
 *    able to fill the teams, and go back where that leads nowhere. Limits are hereditary, so whoever may not be
 *    with some may not be with more. The first group found is the first in the order of age.
 * 3. A pair whose spread is not allowed yet is judged by what limits permit once it is. So the answer also says when
 *    a group forms, at the latest when a limit opens that was in the way.
 * 4. At first the nearest few tickets on either side are looked at, then twice as many, until a group is found that
 *    is narrower than what has not been seen.
 *
 * Cost: finding a group in which nobody is kept from anybody is NP-hard. The search is exact for as long as it makes
 * no more than 20,000 steps around a ticket; beyond that it takes the best group found by then, or none.
 */
export class LimitedTeamGroups {
  #left = 0;
  /** The earliest instant at which something opens that was in the way. */
  #opensAt: Millis = Infinity;
  readonly #between = new Map<number, Millis>();

  constructor(
    private readonly field: TeamField,
    private readonly seats: TeamSeats,
    private readonly limits: Limits,
  ) {}

  find(question: GroupQuestion): GroupAnswer {
    const { anchor, now } = question;
    this.#left = SEARCHED;
    this.#opensAt = Infinity;
    if (!this.#permits([anchor], now)) return { group: undefined, at: this.#opensAt };
    let seen = -Infinity;
    for (let most = 2 * this.seats.players; ; most *= 2) {
      const { places, narrower } = this.#nearest(question, most);
      const answer = this.#among(places, question, seen, narrower);
      if (answer.at < Infinity || narrower === Infinity || this.#left <= 0) {
        return answer.group ? answer : { group: undefined, at: Math.min(answer.at, this.#opensAt) };
      }
      seen = narrower;
    }
  }

  /** The best group with a spread of at least `seen` and less than `narrower`. */
  #among(places: readonly number[], question: GroupQuestion, seen: number, narrower: number): GroupAnswer {
    const { anchor, within, allowedAt, now } = question;
    let best: { readonly group: readonly number[]; readonly spread: number } | undefined;
    for (const { low, high, spread } of this.#ends(places, anchor)) {
      if (spread < seen) continue;
      if (spread > within || spread >= narrower || this.#left-- <= 0 || (best && spread > best.spread)) break;
      const at = Math.max(now, allowedAt(spread));
      if (best && at > now) break;
      if (at === Infinity) break;
      const group = this.#inside(places, [...new Set([low, anchor, high])], at);
      if (!group) continue;
      if (at > now) return { group: undefined, at };
      if (!best || this.#isOlder(group, best.group)) best = { group, spread };
    }
    return best ? { group: best.group, at: now } : NO_GROUP;
  }

  /** The nearest tickets, the anchor among them, by rating; groups narrower than `narrower` are made of these alone. */
  #nearest({ anchor, within }: GroupQuestion, most: number): { places: number[]; narrower: number } {
    const { field } = this;
    const places = [anchor];
    let narrower = Infinity;
    for (const by of [-1, 1] as const) {
      const side: number[] = [];
      for (const size of field.counts.keys())
        field.near(anchor, by, size, { within, most, each: most }, side);
      side.sort((one, other) => by * (one - other));
      places.push(...side.slice(0, most));
      if (side.length < most) continue;
      const last = this.#ratingAt(side[most - 1] as number);
      narrower = Math.min(narrower, Math.abs(last - this.#ratingAt(anchor)));
    }
    return { places: places.sort((one, other) => one - other), narrower };
  }

  /** All pairs of ends around the anchor, narrow ones first. */
  #ends(places: readonly number[], anchor: number): Ends[] {
    const ends: Ends[] = [];
    const middle = places.indexOf(anchor);
    for (const low of places.slice(0, middle + 1)) {
      for (const high of places.slice(middle)) {
        ends.push({ low, high, spread: this.#ratingAt(high) - this.#ratingAt(low) });
      }
    }
    return ends.sort(
      (one, other) => one.spread - other.spread || one.low - other.low || one.high - other.high,
    );
  }

  /** The first group in the order of age that holds `must`, of which the first is the lowest and the last the highest. */
  #inside(places: readonly number[], must: readonly number[], at: Millis): readonly number[] | undefined {
    const { field, seats } = this;
    const [low, high] = [Math.min(...must), Math.max(...must)];
    const inner = places.filter((place) => place > low && place < high && !must.includes(place));
    const taken = this.#countsOf(must);
    if (!seats.fills(taken, this.#countsOf(inner)) || !this.#permits(must, at)) return undefined;
    const may = inner
      .filter((place) => must.every((each) => this.#opens(this.#meetAt(each, place), at)))
      .sort((one, other) => (field.rank[one] as number) - (field.rank[other] as number));
    return this.#extended(must, taken, may, at)?.sort(
      (one, other) => this.#rankOf(one) - this.#rankOf(other),
    );
  }

  /** A group with all of `group` and some of `may`, who may each be with each of the group. */
  #extended(
    group: readonly number[],
    taken: number[],
    may: readonly number[],
    at: Millis,
  ): number[] | undefined {
    const { field, seats } = this;
    const later = this.#countsOf(may);
    if (seats.fills(taken, seats.nobody())) return [...group];
    for (const [index, place] of may.entries()) {
      if (!seats.fills(taken, later) || this.#left-- <= 0) return undefined;
      const size = field.sizes[place] as number;
      (later[size] as number)--;
      (taken[size] as number)++;
      const larger = [...group, place];
      if (seats.fills(taken, later) && this.#permits(larger, at)) {
        const rest = may.slice(index + 1).filter((other) => this.#opens(this.#meetAt(place, other), at));
        const found = this.#extended(larger, taken, rest, at);
        if (found) return found;
      }
      (taken[size] as number)--;
    }
    return undefined;
  }

  #permits(places: readonly number[], at: Millis): boolean {
    return this.#opens(this.limits.among(places.map((place) => this.field.tickets[place] as Ticket)), at);
  }

  /** Whether what opens at an instant is open at `at`; notes the instant if not. */
  #opens(opensAt: Millis, at: Millis): boolean {
    if (opensAt > at) this.#opensAt = Math.min(this.#opensAt, opensAt);
    return opensAt <= at;
  }

  /** From when on limits let two be in one match. */
  #meetAt(one: number, other: number): Millis {
    const { tickets } = this.field;
    const key = Math.min(one, other) * tickets.length + Math.max(one, other);
    let opensAt = this.#between.get(key);
    if (opensAt === undefined) {
      opensAt = this.limits.between(tickets[one] as Ticket, tickets[other] as Ticket);
      this.#between.set(key, opensAt);
    }
    return opensAt;
  }

  #isOlder(one: readonly number[], other: readonly number[]): boolean {
    const differs = one.findIndex((place, index) => place !== other[index]);
    return differs >= 0 && this.#rankOf(one[differs] as number) < this.#rankOf(other[differs] as number);
  }

  #countsOf(places: readonly number[]): number[] {
    const counts = this.seats.nobody();
    for (const place of places) (counts[this.field.sizes[place] as number] as number)++;
    return counts;
  }

  #ratingAt(place: number): number {
    return this.field.ratings[place] as number;
  }

  #rankOf(place: number): number {
    return this.field.rank[place] as number;
  }
}
