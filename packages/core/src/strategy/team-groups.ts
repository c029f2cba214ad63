import type { Millis } from "../clock.js";
import type { TeamField } from "./team-field.js";
import type { TeamSeats } from "./team-seats.js";

/** What is asked about groups around a ticket. */
export interface GroupQuestion {
  /** The place of the ticket that every group holds. */
  readonly anchor: number;
  /** Groups without the ticket at this place need not be found; all are asked for when left out. */
  readonly with?: number | undefined;
  /** Groups with a larger spread are not asked for. */
  readonly within: number;
  /** When a spread is allowed. */
  readonly allowedAt: (spread: number) => Millis;
  readonly now: Millis;
}

/** Finds groups. What it has found is in one list, because passes over many make no objects on the way. */
export interface Groups {
  /**
   * When the best group around a ticket is allowed: `now`, and then it is in `found`; else later, perhaps too early,
   * or `Infinity` if never.
   */
  find(question: GroupQuestion): Millis;
  /** The places of the group, oldest first, until something else is asked. */
  readonly found: readonly number[];
}

/**
 * Finds the group around a ticket with the smallest spread, and of several that with the oldest members: the members
 * of two groups are compared oldest first, and the first that differs decides.
 *
 * 1. Of the parties of one size, a group has room for so many. So on each side of the ticket only that many of each
 *    size count, the nearest: whoever is further away could be replaced by one of them without widening the spread.
 * 2. A window slides along those in the order of ratings, always around the ticket. Whether its parties fill the
 *    teams depends on their sizes alone, and a wider window never fills worse: for each lower end the nearest upper
 *    end is found by moving on, never back.
 * 3. Of all windows of the smallest spread, each has its first group in the order of age: go through the window by
 *    age and take whoever leaves the rest able to fill the teams. No group in it has another spread.
 *
 * Cost: O(k log k) for a match of k players, and in step 3, for a group that forms, O(w log w) for the w tickets
 * within its spread.
 */
export class TeamGroups implements Groups {
  found: readonly number[] = [];

  constructor(
    private readonly field: TeamField,
    private readonly seats: TeamSeats,
  ) {}

  find({ anchor, within, allowedAt, now }: GroupQuestion): Millis {
    const spread = this.#leastSpread(anchor, within);
    if (spread === Infinity || spread > within) return Infinity;
    const at = allowedAt(spread);
    if (at > now) return at;
    this.found = this.#oldest(anchor, spread);
    return now;
  }

  /** The smallest spread of a group around the anchor; `Infinity` where there is none within reach. */
  #leastSpread(anchor: number, within: number): number {
    const { field, seats } = this;
    const size = field.sizes[anchor] as number;
    const counts = seats.nobody();
    const below = this.#near(anchor, -1, within);
    const above = this.#near(anchor, 1, within);
    const move = (place: number | undefined, by: 1 | -1): void => {
      (counts[field.sizes[place as number] as number] as number) += by;
    };
    for (const place of below) move(place, 1);
    for (const place of above) move(place, 1);
    if (!seats.fillsAround(size, counts)) return Infinity;
    let least = Infinity;
    let high = above.length;
    for (let low = below.length; low >= 0; low--) {
      while (high > 0) {
        move(above[high - 1], -1);
        if (seats.fillsAround(size, counts)) high--;
        else {
          move(above[high - 1], 1);
          break;
        }
      }
      const [top, bottom] = [above[high - 1] ?? anchor, below[low - 1] ?? anchor];
      least = Math.min(least, field.ratings[top]! - field.ratings[bottom]!);
      if (low === 0) break;
      move(below[low - 1], -1);
      for (; high < above.length && !seats.fillsAround(size, counts); high++) move(above[high], 1);
      if (!seats.fillsAround(size, counts)) break;
    }
    return least;
  }

  /** Those that count on one side, nearest first. */
  #near(anchor: number, by: 1 | -1, within: number): number[] {
    const { field, seats } = this;
    const found: number[] = [];
    let sizes = 0;
    for (const [size, most] of seats.most.entries()) {
      if (most === 0 || field.counts[size] === 0) continue;
      field.near(anchor, by, size, { within, most, each: most }, found, found.length);
      sizes++;
    }
    if (sizes > 1) found.sort((one, other) => by * (field.ratings[one]! - field.ratings[other]!));
    return found;
  }

  /** The group with the oldest members of all around the anchor with this spread, which is the smallest there is. */
  #oldest(anchor: number, spread: number): number[] {
    const { field, seats } = this;
    const around = this.#around(anchor, spread);
    const counts = seats.nobody();
    let best: number[] | undefined;
    let high = 0;
    for (const [low, place] of around.entries()) {
      if (place > anchor) break;
      const rating = field.ratings[place]!;
      for (; high < around.length && field.ratings[around[high]!]! - rating <= spread; high++) {
        (counts[field.sizes[around[high] as number] as number] as number)++;
      }
      const isWidest = field.ratings[around[high - 1]!]! - rating === spread;
      const isFirst = low === 0 || field.ratings[around[low - 1]!]! < rating;
      if (isWidest && isFirst) {
        const group = this.#first(anchor, around.slice(low, high), counts);
        if (group && (!best || field.isOlder(group, best))) best = group;
      }
      (counts[field.sizes[place] as number] as number)--;
    }
    return best as number[];
  }

  /** Everybody within a distance of the anchor and the anchor, by rating; of equal ratings those that can matter. */
  #around(anchor: number, within: number): number[] {
    const { field, seats } = this;
    const around = [anchor];
    for (const [size, each] of seats.most.entries()) {
      if (each === 0 || field.counts[size] === 0) continue;
      for (const by of [-1, 1] as const)
        field.near(anchor, by, size, { within, most: Infinity, each }, around, around.length);
    }
    return around.sort((one, other) => one - other);
  }

  /** The first group in the order of age that holds the anchor, from a window whose parties have these counts. */
  #first(anchor: number, window: readonly number[], counts: readonly number[]): number[] | undefined {
    const { field, seats } = this;
    const size = field.sizes[anchor] as number;
    const later = [...counts];
    (later[size] as number)--;
    if (!seats.fillsAround(size, later)) return undefined;
    const taken = seats.nobody();
    (taken[size] as number)++;
    const group = [anchor];
    let room = seats.players - size;
    for (const place of [...window].sort(field.ages.compare)) {
      if (room === 0) break;
      if (place === anchor) continue;
      const own = field.sizes[place] as number;
      (later[own] as number)--;
      (taken[own] as number)++;
      if (seats.fills(taken, later)) {
        group.push(place);
        room -= own;
      } else (taken[own] as number)--;
    }
    return group.sort(field.ages.compare);
  }
}
