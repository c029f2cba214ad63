import { byAge, ratingOf, type Ticket } from "../ticket/ticket.js";
import { freeFrom, linksOf } from "./links.js";

/**
 * Tickets in the order of ratings, ties by age, each at its place, from which some are taken out on the way. Parties
 * of each size have a lane of their own, so that the nearest of a size are found past any number of others.
 *
 * Cost: O(n log n) to make; O(log n) to find where a walk begins, nearly O(1) a step and to take one out.
 */
export class TeamField {
  readonly sizes: Int32Array;
  /** All places, oldest first. */
  readonly aged: readonly number[];
  /** How many of each size are left. */
  readonly counts: number[];
  readonly #ratings: Float64Array;
  /** How many are older, by place. */
  readonly #rank: Int32Array;
  readonly #lanes: readonly Lane[];
  readonly #taken: Uint8Array;

  /** `tickets` come in the order of ratings. */
  constructor(
    readonly tickets: readonly Ticket[],
    teamSize: number,
  ) {
    this.#ratings = Float64Array.from(tickets, ratingOf);
    this.sizes = Int32Array.from(tickets, ({ players }) => players.length);
    this.#taken = new Uint8Array(tickets.length);
    const aged = tickets.map((_, place) => place);
    this.aged = aged.sort((one, other) => byAge(tickets[one] as Ticket, tickets[other] as Ticket));
    this.#rank = new Int32Array(tickets.length);
    for (const [rank, place] of this.aged.entries()) this.#rank[place] = rank;
    const places: number[][] = Array.from({ length: teamSize + 1 }, () => []);
    for (const [place, size] of this.sizes.entries()) places[size]?.push(place);
    this.counts = places.map(({ length }) => length);
    this.#lanes = places.map((own) => new Lane(own, this.#ratings));
  }

  ratingAt(place: number): number {
    return this.#ratings[place] as number;
  }

  /** The order of age, of places. */
  readonly byAge = (one: number, other: number): number =>
    (this.#rank[one] as number) - (this.#rank[other] as number);

  /** Whether one group has the older members: both oldest first, the first that differs decides. */
  isOlder(one: readonly number[], other: readonly number[]): boolean {
    const differs = one.findIndex((place, index) => place !== other[index]);
    return differs >= 0 && this.byAge(one[differs] as number, other[differs] as number) < 0;
  }

  has(place: number): boolean {
    return this.#taken[place] === 0;
  }

  take(place: number): void {
    const size = this.sizes[place] as number;
    this.#taken[place] = 1;
    this.#lanes[size]?.take(place);
    if (size < this.counts.length) (this.counts[size] as number)--;
  }

  /**
   * Adds to `found` those with parties of this size at lower (`by` −1) or higher places (`by` 1) that are no further
   * than `within` away, nearest first: at most `most` of them, and of equal ratings the `each` oldest.
   */
  near(place: number, by: 1 | -1, size: number, reach: Reach, found: number[]): void {
    this.#lanes[size]?.near(place, by, reach, found);
  }
}

/** How far a walk over a field goes. */
export interface Reach {
  /** In rating points. */
  readonly within: number;
  /** How many are enough. */
  readonly most: number;
  /** How many of equal ratings are enough. */
  readonly each: number;
}

/** The places of one size. Skipping over what was taken out halves the way for whoever skips next. */
class Lane {
  /** For each index the first at or above it that is left, as far as known; shifted by one, as below. */
  readonly #above: Int32Array;
  /** For each index, shifted by one, the last at or below it that is left, as far as known; 0 for none. */
  readonly #below: Int32Array;
  /** Where the run of equal ratings begins that an index is in. */
  readonly #start: Int32Array;

  constructor(
    private readonly places: readonly number[],
    private readonly ratings: Float64Array,
  ) {
    this.#above = linksOf(places.length + 2);
    this.#below = linksOf(places.length + 2);
    this.#start = new Int32Array(places.length);
    for (let index = 1; index < places.length; index++) {
      const isSame = this.#ratingAt(index) === this.#ratingAt(index - 1);
      this.#start[index] = isSame ? (this.#start[index - 1] as number) : index;
    }
  }

  take(place: number): void {
    const index = this.#indexOf(place);
    this.#above[index + 1] = index + 2;
    this.#below[index + 1] = index;
  }

  near(place: number, by: 1 | -1, { within, most, each }: Reach, found: number[]): void {
    const from = this.ratings[place] as number;
    const enough = most === Infinity ? most : found.length + most;
    let index = this.#indexOf(place);
    if (by === -1) index = this.#last(index - 1);
    else index = this.#first(this.places[index] === place ? index + 1 : index);
    while (index >= 0 && index < this.places.length && found.length < enough) {
      const rating = this.#ratingAt(index);
      if (!(Math.abs(rating - from) <= within)) return;
      // A run is in the order of age, upwards, whichever way the walk goes.
      const last = by === -1 ? index : this.places.length - 1;
      const start = this.#start[index] as number;
      let next = by === -1 ? this.#first(start) : index;
      for (let taken = 0; next <= last && this.#start[next] === start && found.length < enough; taken++) {
        if (taken === each) break;
        found.push(this.places[next] as number);
        next = this.#first(next + 1);
      }
      if (by === -1) index = this.#last(start - 1);
      else index = next <= last && this.#start[next] === start ? this.#first(this.#endOf(start)) : next;
    }
  }

  /** The index of a place, or of the first above it. */
  #indexOf(place: number): number {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.places[middle] as number) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where the run ends that begins at `start`. */
  #endOf(start: number): number {
    let low = start;
    let high = this.places.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#start[middle] === start) low = middle;
      else high = middle;
    }
    return high;
  }

  #first(index: number): number {
    return freeFrom(this.#above, index + 1) - 1;
  }

  #last(index: number): number {
    return freeFrom(this.#below, index + 1) - 1;
  }

  #ratingAt(index: number): number {
    return this.ratings[this.places[index] as number] as number;
  }
}
