import type { Ticket } from "../ticket/ticket.js";
import { Ages } from "./team-ages.js";
import { Lane, type Reach } from "./team-lane.js";
import type { Region } from "./team-region.js";

/**
 * A region of a pool laid out in typed arrays: each ticket at its place in the order of ratings, ties by age, from
 * which some are taken out on the way. Parties of each size have a lane of their own, so that the nearest of a size
 * are found past any number of others.
 *
 * Cost: O(n) to make; O(log n) to find where a walk begins, nearly O(1) a step and to take one out.
 */
export class TeamField {
  readonly tickets: readonly Ticket[];
  readonly ratings: Float64Array;
  readonly sizes: Uint32Array;
  readonly ages: Ages;
  /** How many of each size are left. */
  readonly counts: number[];
  readonly lanes: readonly Lane[];
  /**
   * For each lane and place the index of that place in the lane, or of the first above it; nothing for a lane with
   * nobody, nor where all are in one lane and the index is the place.
   */
  readonly #indices: readonly (Uint32Array | undefined)[];
  readonly #taken: Uint8Array;

  constructor(region: Region, teamSize: number) {
    const { tickets, isSingle } = region;
    this.tickets = tickets;
    this.ratings = region.ratings;
    this.#taken = new Uint8Array(tickets.length);
    this.ages = new Ages(tickets, this.#taken);
    this.sizes = new Uint32Array(tickets.length);
    this.counts = Array.from({ length: teamSize + 1 }, () => 0);
    if (isSingle) {
      this.sizes.fill(1);
      this.counts[1] = tickets.length;
    } else {
      for (let place = 0; place < tickets.length; place++) {
        const size = (this.sizes[place] = tickets[place]!.players.length);
        // Larger parties than a team has seats for have no lane.
        if (size <= teamSize) this.counts[size]!++;
      }
    }
    const places = this.counts.map((count) => new Uint32Array(count));
    this.#indices = places.map((own, size) => (isSingle ? undefined : this.#indexed(own, size)));
    if (isSingle) for (let place = 0; place < tickets.length; place++) places[1]![place] = place;
    this.lanes = places.map((own) => new Lane(own, this.ratings));
  }

  /** Fills in the places of a lane; returns the indices. */
  #indexed(places: Uint32Array, size: number): Uint32Array | undefined {
    if (places.length === 0) return undefined;
    const indices = new Uint32Array(this.tickets.length);
    let index = 0;
    for (let place = 0; place < indices.length; place++) {
      indices[place] = index;
      if (this.sizes[place] === size) places[index++] = place;
    }
    return indices;
  }

  /** Whether one group has the older members: both oldest first, the first that differs decides. */
  isOlder(one: readonly number[], other: readonly number[]): boolean {
    const differs = one.findIndex((place, index) => place !== other[index]);
    return differs >= 0 && this.ages.isOlder(one[differs]!, other[differs]!);
  }

  has(place: number): boolean {
    return this.#taken[place] === 0;
  }

  take(place: number): void {
    const size = this.sizes[place]!;
    this.#taken[place] = 1;
    const lane = this.lanes[size];
    if (!lane) return;
    const indices = this.#indices[size];
    lane.take(indices ? indices[place]! : place);
    this.counts[size]!--;
  }

  /** Takes out the oldest who is left, and returns the place; −1 when nobody is. */
  takeOldest(): number {
    const place = this.ages.next();
    if (place >= 0) this.take(place);
    return place;
  }

  /**
   * Puts into `found`, from its index `count` on, those with parties of this size at lower (`by` −1) or higher places
   * (`by` 1) that are left and within reach, as {@link Lane.near} does. Returns the index after the last of them.
   */
  near(place: number, by: 1 | -1, size: number, reach: Reach, found: number[], count: number): number {
    const lane = this.lanes[size];
    if (!lane || this.counts[size] === 0) return count;
    const indices = this.#indices[size];
    const index = indices ? indices[place]! : place;
    const from = by === -1 ? index - 1 : this.sizes[place] === size ? index + 1 : index;
    return lane.near(from, by, this.ratings[place]!, reach, found, count);
  }
}
