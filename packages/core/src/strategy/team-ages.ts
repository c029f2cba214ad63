import type { Ticket } from "../ticket/ticket.js";

/** So many are sorted by inserting one after the other, which for few is the fastest way. */
const FEW = 24;

/** The largest digit of a sort by digits, in bits: its counters fit into the processor's nearer caches. */
const DIGIT = 16;

/**
 * Places by the age of their tickets, oldest first, for whoever goes through them and takes many out on the way.
 *
 * 1. Sort by `joinedAt` alone, digit by digit from the last (radix sort): a pass over all for each digit.
 * 2. Whoever joined in the same millisecond goes by id. That is sorted when their turn comes, and only of those who
 *    are left: most have found a group with somebody older by then, and ids are texts.
 *
 * Cost: O(n), and O(m log m) for m who joined at the same instant and are left when it is their turn.
 */
export class Ages {
  /** By place, in ms; what comes first here is older, but for ties. */
  readonly joined: Float64Array;
  readonly #places: Int32Array;
  /** Those of one instant, of whom it is the turn: from here, to there; and where the next instant begins. */
  #turn = 0;
  #until = 0;
  #next = 0;

  constructor(
    private readonly tickets: readonly Ticket[],
    /** Not zero for places that are passed over. */
    private readonly taken: Uint8Array,
  ) {
    const joined = (this.joined = new Float64Array(tickets.length));
    let first = Infinity;
    let last = -Infinity;
    for (let place = 0; place < joined.length; place++) {
      const at = tickets[place]!.joinedAt;
      joined[place] = at;
      if (at < first) first = at;
      if (at > last) last = at;
    }
    this.#places = sorted(joined, first, last);
  }

  /** Whether the ticket at one place is older than that at another. */
  isOlder(one: number, other: number): boolean {
    const apart = this.joined[one]! - this.joined[other]!;
    return apart < 0 || (apart === 0 && this.tickets[one]!.id < this.tickets[other]!.id);
  }

  /** The order of age, of places. */
  readonly compare = (one: number, other: number): number =>
    this.isOlder(one, other) ? -1 : one === other ? 0 : 1;

  /** The oldest place from the last answer on that is not taken; −1 at the end. */
  next(): number {
    for (;;) {
      while (this.#turn < this.#until) {
        const place = this.#places[this.#turn++]!;
        if (this.taken[place] === 0) return place;
      }
      if (this.#next === this.#places.length) return -1;
      this.#nextInstant();
    }
  }

  #nextInstant(): void {
    const { joined, taken } = this;
    const places = this.#places;
    const at = joined[places[this.#next]!]!;
    let until = (this.#turn = this.#next);
    let next = until;
    for (; next < places.length; next++) {
      const place = places[next]!;
      if (joined[place] !== at) break;
      if (taken[place] === 0) places[until++] = place;
    }
    this.#until = until;
    this.#next = next;
    if (until - this.#turn > FEW) places.subarray(this.#turn, until).sort(this.compare);
    else
      for (let index = this.#turn + 1; index < until; index++) {
        this.#insert(index);
      }
  }

  /** Moves a place down among those of the same instant before it. */
  #insert(index: number): void {
    const places = this.#places;
    const place = places[index]!;
    for (; index > this.#turn && this.isOlder(place, places[index - 1]!); index--)
      places[index] = places[index - 1]!;
    places[index] = place;
  }
}

/** The indices of these numbers, from `first` to `last`, by size; equal ones in any order. */
function sorted(values: Float64Array, first: number, last: number): Int32Array {
  const size = values.length;
  let order = new Int32Array(size);
  for (let index = 0; index < size; index++) order[index] = index;
  // A few are not worth the counters, and digits are of whole numbers in 32 bits, 49 days.
  if (size <= FEW || !(last - first < 2 ** 32)) {
    return order.sort((one, other) => values[one]! - values[other]!);
  }
  const bits = Math.min(DIGIT, Math.ceil(Math.log2(size)));
  const digits = 2 ** bits;
  const starts = new Int32Array(digits);
  let target = new Int32Array(size);
  for (let shift = 0; last - first >= 2 ** shift; shift += bits) {
    starts.fill(0);
    for (let index = 0; index < size; index++) starts[((values[index]! - first) >>> shift) & (digits - 1)]!++;
    let start = 0;
    for (let digit = 0; digit < digits; digit++) {
      const count = starts[digit]!;
      starts[digit] = start;
      start += count;
    }
    for (let index = 0; index < size; index++) {
      const place = order[index]!;
      target[starts[((values[place]! - first) >>> shift) & (digits - 1)]!++] = place;
    }
    [order, target] = [target, order];
  }
  return order;
}
