import type { Millis } from "../clock.js";
import type { TeamField } from "./team-field.js";
import type { TeamSeats } from "./team-seats.js";
import { sortIn } from "./team-sort.js";

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
  /** Places on either side, nearest first. */
  readonly #below: number[] = [];
  readonly #above: number[] = [];
  /** Places of a window, in the order of ratings and then of age. */
  readonly #around: number[] = [];
  readonly #aged: number[] = [];
  /** Parties by size: those in a window, and those of a group. */
  readonly #counts: number[];
  readonly #taken: number[];

  constructor(
    private readonly field: TeamField,
    private readonly seats: TeamSeats,
  ) {
    this.#counts = seats.nobody();
    this.#taken = seats.nobody();
  }

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
    const { seats } = this;
    const { sizes, ratings } = this.field;
    const below = this.#below;
    const above = this.#above;
    const counts = this.#counts.fill(0);
    const size = sizes[anchor]!;
    const lows = this.#near(anchor, -1, within, below);
    const highs = this.#near(anchor, 1, within, above);
    for (let low = 0; low < lows; low++) counts[sizes[below[low]!]!]!++;
    for (let high = 0; high < highs; high++) counts[sizes[above[high]!]!]!++;
    if (!seats.fillsAround(size, counts)) return Infinity;
    let least = Infinity;
    let high = highs;
    for (let low = lows; low >= 0; low--) {
      for (; high > 0; high--) {
        const last = sizes[above[high - 1]!]!;
        counts[last]!--;
        if (seats.fillsAround(size, counts)) continue;
        counts[last]!++;
        break;
      }
      const top = ratings[high === 0 ? anchor : above[high - 1]!]!;
      const bottom = ratings[low === 0 ? anchor : below[low - 1]!]!;
      if (top - bottom < least) least = top - bottom;
      if (low === 0) break;
      counts[sizes[below[low - 1]!]!]!--;
      for (; high < highs && !seats.fillsAround(size, counts); high++) counts[sizes[above[high]!]!]!++;
      if (!seats.fillsAround(size, counts)) break;
    }
    return least;
  }

  /** Puts those that count on one side into `found`, nearest first; returns how many. */
  #near(anchor: number, by: 1 | -1, within: number, found: number[]): number {
    const { field, seats } = this;
    const { ratings } = field;
    const own = ratings[anchor]!;
    let count = 0;
    for (let size = 1; size <= seats.teamSize; size++) {
      const most = seats.most[size]!;
      let next = count;
      count = field.near(anchor, by, size, { within, most, each: most }, found, count);
      for (; next < count; next++) {
        const place = found[next]!;
        const distance = Math.abs(ratings[place]! - own);
        let index = next;
        for (; index > 0 && Math.abs(ratings[found[index - 1]!]! - own) > distance; index--) {
          found[index] = found[index - 1]!;
        }
        found[index] = place;
      }
    }
    return count;
  }

  /** The group with the oldest members of all around the anchor with this spread, which is the smallest there is. */
  #oldest(anchor: number, spread: number): readonly number[] {
    const { field } = this;
    const { sizes, ratings } = field;
    const around = this.#around;
    const length = this.#gather(anchor, spread);
    const counts = this.#counts.fill(0);
    let best: readonly number[] | undefined;
    let high = 0;
    for (let low = 0; low < length && around[low]! <= anchor; low++) {
      const place = around[low]!;
      const bottom = ratings[place]!;
      for (; high < length && ratings[around[high]!]! - bottom <= spread; high++)
        counts[sizes[around[high]!]!]!++;
      const isWidest = ratings[around[high - 1]!]! - bottom === spread;
      const isFirst = low === 0 || ratings[around[low - 1]!]! < bottom;
      if (isWidest && isFirst) {
        const group = this.#first(anchor, low, high);
        if (group && (!best || field.isOlder(group, best))) best = group;
      }
      counts[sizes[place]!]!--;
    }
    return best!;
  }

  /**
   * Puts everybody within a distance of the anchor and the anchor into `#around`, by rating, of equal ratings those
   * that can matter; returns how many.
   */
  #gather(anchor: number, within: number): number {
    const { field, seats } = this;
    const around = this.#around;
    around[0] = anchor;
    let count = 1;
    for (let size = 1; size <= seats.teamSize; size++) {
      for (let by: 1 | -1 = -1; ; by = 1) {
        const sorted = count;
        count = field.near(
          anchor,
          by,
          size,
          { within, most: Infinity, each: seats.most[size]! },
          around,
          count,
        );
        sortIn(around, sorted, count, byPlace);
        if (by === 1) break;
      }
    }
    return count;
  }

  /** The first group in the order of age that holds the anchor, from a window whose parties are in `#counts`. */
  #first(anchor: number, low: number, high: number): number[] | undefined {
    const { field, seats } = this;
    const size = field.sizes[anchor]!;
    const later = this.#counts.slice();
    later[size]!--;
    if (!seats.fillsAround(size, later)) return undefined;
    const aged = this.#aged;
    for (let index = low; index < high; index++) aged[index - low] = this.#around[index]!;
    sortIn(aged, 0, high - low, field.ages.compare);
    const taken = this.#taken.fill(0);
    taken[size] = 1;
    const group = [anchor];
    let room = seats.players - size;
    for (let index = 0; room > 0; index++) {
      const place = aged[index]!;
      if (place === anchor) continue;
      const own = field.sizes[place]!;
      later[own]!--;
      taken[own]!++;
      if (seats.fills(taken, later)) {
        group.push(place);
        room -= own;
      } else taken[own]!--;
    }
    return group.sort(field.ages.compare);
  }
}

function byPlace(one: number, other: number): number {
  return one - other;
}
