import { freeFrom, linksOf } from "./links.js";

/** How far a walk over a lane goes. */
export interface Reach {
  /** In rating points. */
  readonly within: number;
  /** How many are enough; of the run in which it has so many, it may take more. */
  readonly most: number;
  /** How many of equal ratings are enough: the oldest. */
  readonly each: number;
}

/**
 * The tickets of one party size in the order of ratings, ties by age, each at its index, from which some are taken
 * out on the way. Equal ratings are a run, which begins with its oldest.
 *
 * Cost: nearly O(1) a step and to take one out. Skipping over what was taken halves the way for whoever skips next.
 */
export class Lane {
  readonly size: number;
  /** For each index the first at or above it that is left, as far as known; shifted by one, as below. */
  readonly #above: Int32Array;
  /** For each index, shifted by one, the last at or below it that is left, as far as known; 0 for none. */
  readonly #below: Int32Array;
  /** Where the run begins that an index is in. */
  readonly #start: Int32Array;

  /** `ratings` are those of all lanes, by place; `places` those of this one. */
  constructor(
    readonly places: Uint32Array,
    readonly ratings: Float64Array,
  ) {
    const size = (this.size = places.length);
    this.#above = linksOf(size + 2);
    this.#below = this.#above.slice();
    const starts = (this.#start = new Int32Array(size));
    let start = 0;
    for (let index = 1; index < size; index++) {
      if (ratings[places[index]!] !== ratings[places[index - 1]!]) start = index;
      starts[index] = start;
    }
  }

  /** Takes out the ticket at an index. */
  take(index: number): void {
    this.#above[index + 1] = index + 2;
    this.#below[index + 1] = index;
  }

  /** The first index at or above this one that is left; `size` if there is none. */
  first(index: number): number {
    return freeFrom(this.#above, index + 1) - 1;
  }

  /** The last index at or below this one that is left; −1 if there is none. */
  last(index: number): number {
    return freeFrom(this.#below, index + 1) - 1;
  }

  /**
   * Puts into `found`, from its index `count` on, the places of those who are left from an index on, upwards (`by` 1)
   * or downwards (`by` −1), no further than `within` from a rating: nearest first, and of equal ratings the oldest.
   * Returns the index in `found` after the last.
   */
  near(
    index: number,
    by: 1 | -1,
    rating: number,
    { within, most, each }: Reach,
    found: number[],
    count: number,
  ): number {
    const { places, ratings, size } = this;
    const enough = count + most;
    index = by === -1 ? this.last(index) : this.first(index);
    while (index >= 0 && index < size && count < enough) {
      if (!(Math.abs(ratings[places[index]!]! - rating) <= within)) break;
      // A run is in the order of age, upwards, whichever way the walk goes.
      const last = by === -1 ? index : size - 1;
      const start = this.#start[index]!;
      let next = by === -1 ? this.first(start) : index;
      const full = count + each;
      while (next <= last && this.#start[next] === start && count < full) {
        found[count++] = places[next]!;
        next = this.first(next + 1);
      }
      if (by === -1) index = this.last(start - 1);
      else index = next <= last && this.#start[next] === start ? this.first(this.#endOf(start)) : next;
    }
    return count;
  }

  /** Where the run ends that begins at `start`. */
  #endOf(start: number): number {
    let low = start;
    let high = this.size;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#start[middle] === start) low = middle;
      else high = middle;
    }
    return high;
  }
}
