import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Ticket } from "../ticket/ticket.js";
import type { TeamField } from "./team-field.js";
import type { GroupQuestion, Groups } from "./team-groups.js";
import type { TeamSeats } from "./team-seats.js";

/** So many partial groups are looked at around a ticket. */
const SEARCHED = 2_000;

/** And in a look at a pool; from then on, so many around each ticket that is left. */
const SEARCHED_IN_ALL = 20_000;
const SEARCHED_AT_LEAST = 50;

/** Of those who may meet a ticket, so many of the nearest on either side can be in a group with it. */
const MEETABLE = 64;

/** So many of the nearest on either side are asked whether they may. */
const ASKED = 256;

/** The best group around a ticket. */
interface GroupAnswer {
  /** The places of its members, oldest first; `undefined` where no group is allowed now. */
  readonly group: readonly number[] | undefined;
  readonly at: Millis;
}

const NO_GROUP: GroupAnswer = { group: undefined, at: Infinity };

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
 * 1. Limits take groups away and add none: where the best of all groups may be in one match, it is the answer, and in
 *    a large pool it nearly always may.
 * 2. Else: every group has a lowest and a highest member in the order of ratings. Go through the pairs of such ends
 *    with the anchor between them, narrow ones first; so the first pair with a group has the smallest spread.
 * 3. Between two ends, go through the tickets by age: take whoever may be with all who are taken and leaves the rest
 *    able to fill the teams, and go back where that leads nowhere. Limits are hereditary, so whoever may not be
 *    with some may not be with more. The first group found is the first in the order of age.
 * 4. A pair whose spread is not allowed yet is judged by what limits permit once it is. So the answer also says when
 *    a group forms, at the latest when a limit opens that was in the way.
 * 5. At first the nearest few tickets on either side are looked at, then four times as many, until a group is found
 *    that is narrower than what has not been seen.
 *
 * Cost: finding a group in which nobody is kept from anybody is NP-hard. The search is exact while it needs no more
 * than 2,000 partial groups around a ticket and 20,000 in a pass, of the 64 nearest on either side that may meet it,
 * among the nearest 256. Beyond that it takes the best group found by then, or none.
 */
export class LimitedTeamGroups implements Groups {
  found: readonly number[] = [];
  #left = 0;
  #leftInAll = SEARCHED_IN_ALL;
  /** The earliest instant at which something opens that was in the way. */
  #opensAt: Millis = Infinity;
  readonly #between = new Map<number, Millis>();

  constructor(
    private readonly field: TeamField,
    private readonly seats: TeamSeats,
    private readonly limits: Limits,
    /** Finds groups as if there were no limits. */
    private readonly unlimited: Groups,
  ) {}

  find(question: GroupQuestion): Millis {
    const { now } = question;
    if (this.unlimited.find(question) <= now) {
      this.found = this.unlimited.found;
      if (this.limits.among(this.found.map((place) => this.field.tickets[place]!)) <= now) return now;
    }
    const given = Math.min(SEARCHED, Math.max(SEARCHED_AT_LEAST, this.#leftInAll));
    this.#left = given;
    const { group, at } = this.#find(question);
    this.#leftInAll -= given - Math.max(0, this.#left);
    if (group) this.found = group;
    return at;
  }

  #find(question: GroupQuestion): GroupAnswer {
    const { anchor, with: companion = anchor, now } = question;
    this.#opensAt = Infinity;
    const isTogether = this.#permits([...new Set([anchor, companion])], now);
    if (!isTogether) return { group: undefined, at: this.#opensAt };
    let seen = -Infinity;
    for (let most = 2 * this.seats.players; ; most *= 4) {
      const { places, narrower } = this.#nearest(question, Math.min(most, ASKED));
      // In the end any group will do: people of one rating are narrower than nothing.
      const isLast = most >= ASKED || narrower === Infinity;
      const answer = this.#among(places, question, seen, isLast ? Infinity : narrower);
      if (answer.group) return answer;
      if (answer.at < Infinity || isLast || this.#left <= 0) {
        return { group: undefined, at: Math.min(answer.at, this.#opensAt) };
      }
      seen = narrower;
    }
  }

  /** The best group with a spread of at least `seen` and less than `narrower`. */
  #among(places: readonly number[], question: GroupQuestion, seen: number, narrower: number): GroupAnswer {
    const { anchor, with: companion = anchor, within, allowedAt, now } = question;
    let best: { readonly group: readonly number[]; readonly spread: number } | undefined;
    for (const { low, high, spread } of this.#ends(places, anchor, companion)) {
      if (spread < seen) continue;
      if (spread > within || spread >= narrower || this.#left <= 0 || (best && spread > best.spread)) break;
      const at = Math.max(now, allowedAt(spread));
      if (at === Infinity || (best && at > now)) break;
      this.#left--;
      const group = this.#inside(places, [...new Set([low, anchor, companion, high])], at);
      if (!group) continue;
      if (at > now) return { group: undefined, at };
      if (!best || this.field.isOlder(group, best.group)) best = { group, spread };
    }
    return best ? { group: best.group, at: now } : NO_GROUP;
  }

  /**
   * The nearest tickets that may meet the anchor, and the anchor, by rating; groups narrower than `narrower` are made
   * of these alone.
   */
  #nearest(question: GroupQuestion, asked: number): { places: number[]; narrower: number } {
    const { field } = this;
    const { anchor, with: companion = anchor, within, allowedAt, now } = question;
    const latest = Math.max(now, allowedAt(within));
    const places = new Set([anchor, companion]);
    let narrower = Infinity;
    for (const by of [-1, 1] as const) {
      const side: number[] = [];
      const reach = { within, most: asked, each: asked };
      for (const size of field.counts.keys()) field.near(anchor, by, size, reach, side, side.length);
      side.sort((one, other) => by * (one - other));
      const cut = side.length >= asked ? side[asked - 1] : undefined;
      const meetable = side
        .slice(0, asked)
        .filter((place) => this.#opens(this.#meetAt(anchor, place), latest))
        .filter((place) => place === companion || this.#opens(this.#meetAt(companion, place), latest));
      for (const place of meetable.slice(0, MEETABLE)) places.add(place);
      const last = meetable.length > MEETABLE ? meetable[MEETABLE] : cut;
      if (last !== undefined)
        narrower = Math.min(narrower, Math.abs(field.ratings[last]! - field.ratings[anchor]!));
    }
    return { places: [...places].sort((one, other) => one - other), narrower };
  }

  /** The pairs of ends around the anchor and its companion between which there is enough to fill the teams. */
  #ends(places: readonly number[], anchor: number, companion: number): Ends[] {
    const { field, seats } = this;
    const size = field.sizes[anchor] as number;
    const ends: Ends[] = [];
    const first = places.indexOf(Math.min(anchor, companion));
    const last = places.indexOf(Math.max(anchor, companion));
    const counts = seats.nobody();
    for (const place of places.slice(0, last)) if (place !== anchor) add(counts, field.sizes[place], 1);
    for (const low of places.slice(0, first + 1)) {
      const within = [...counts];
      for (const high of places.slice(last)) {
        if (high !== anchor) add(within, field.sizes[high], 1);
        if (!seats.fillsAround(size, within)) continue;
        ends.push({ low, high, spread: field.ratings[high]! - field.ratings[low]! });
      }
      if (low !== anchor) add(counts, field.sizes[low], -1);
    }
    return ends.sort(
      (one, other) => one.spread - other.spread || one.low - other.low || one.high - other.high,
    );
  }

  /** The first group in the order of age that holds `must`, of which two are the lowest and the highest. */
  #inside(places: readonly number[], must: readonly number[], at: Millis): readonly number[] | undefined {
    if (!this.#permits(must, at)) return undefined;
    const [low, high] = [Math.min(...must), Math.max(...must)];
    const may = places
      .filter((place) => place > low && place < high && !must.includes(place))
      .filter((place) => must.every((each) => this.#opens(this.#meetAt(each, place), at)))
      .sort(this.field.ages.compare);
    const group = this.#extended(must, this.#countsOf(must), may, at);
    return group?.sort(this.field.ages.compare);
  }

  /** A group with all of `group` and some of `may`, who may each be with each of the group. */
  #extended(
    group: readonly number[],
    taken: number[],
    may: readonly number[],
    at: Millis,
  ): number[] | undefined {
    const { field, seats } = this;
    if (seats.fills(taken, seats.nobody())) return [...group];
    const later = this.#countsOf(may);
    for (const [index, place] of may.entries()) {
      if (!seats.fills(taken, later) || this.#left-- <= 0) return undefined;
      const size = field.sizes[place] as number;
      add(later, size, -1);
      add(taken, size, 1);
      const larger = [...group, place];
      if (seats.fills(taken, later) && this.#opens(this.#allMeetAt(larger), at)) {
        const rest = may.slice(index + 1).filter((other) => this.#opens(this.#meetAt(place, other), at));
        const found = this.#extended(larger, taken, rest, at);
        if (found) return found;
      }
      add(taken, size, -1);
    }
    return undefined;
  }

  #permits(places: readonly number[], at: Millis): boolean {
    const mayPairsMeet = places.every((one, index) =>
      places.slice(index + 1).every((other) => this.#opens(this.#meetAt(one, other), at)),
    );
    return mayPairsMeet && this.#opens(this.#allMeetAt(places), at);
  }

  /** From when on limits let all of these be in one match, where they let any two. */
  #allMeetAt(places: readonly number[]): Millis {
    return this.limits.beyondPairs(places.map((place) => this.field.tickets[place] as Ticket));
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

  #countsOf(places: readonly number[]): number[] {
    const counts = this.seats.nobody();
    for (const place of places) (counts[this.field.sizes[place] as number] as number)++;
    return counts;
  }
}

function add(counts: number[], size: number | undefined, by: 1 | -1): void {
  (counts[size as number] as number) += by;
}
