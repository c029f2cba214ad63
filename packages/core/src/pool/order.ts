import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import { sorted } from "./sorted.js";
import type { RatingWalk } from "./pool.js";

/** Splitting at this length keeps a chunk's arrays within a few cache lines and the list of chunks short. */
const LONGEST = 128;

/** Neighbouring chunks that together hold no more than this become one, so that removals leave no crumbs. */
const SHORTEST = 48;

interface Chunk<P extends Player> {
  readonly keys: number[];
  readonly tickets: Ticket<P>[];
}

/**
 * Tickets in the order of a number, ties by age: a list of sorted chunks, so that inserting and removing cost
 * O(log n) comparisons and a move of at most 128 places, and walking is reading arrays. Balanced trees do the same
 * with an object a ticket; these arrays need 16 bytes.
 */
export class Order<P extends Player> {
  /** At least one, and only a single one may be empty. */
  readonly #chunks: Chunk<P>[] = [];

  /** Sorted once where tickets come all together. */
  readonly #keyOf: (ticket: Ticket<P>) => number;

  constructor(keyOf: (ticket: Ticket<P>) => number, tickets: Iterable<Ticket<P>>) {
    this.#keyOf = keyOf;
    const all = sorted([...tickets], keyOf);
    let start = 0;
    do {
      const end = start + LONGEST / 2;
      this.#chunks.push({ keys: all.keys.slice(start, end), tickets: all.tickets.slice(start, end) });
      start = end;
    } while (start < all.keys.length);
  }

  insert(ticket: Ticket<P>): void {
    const key = this.#keyOf(ticket);
    const index = this.#chunkOf(key, ticket);
    const chunk = this.#chunks[index] as Chunk<P>;
    const { keys, tickets } = chunk;
    const place = placeIn(chunk, key, ticket);
    openAt(keys, place, key);
    openAt(tickets, place, ticket);
    const half = keys.length >>> 1;
    if (keys.length > LONGEST)
      this.#chunks.splice(index + 1, 0, { keys: keys.splice(half), tickets: tickets.splice(half) });
  }

  /** Removes a ticket that is there, and adds its neighbours to those given. */
  remove(ticket: Ticket<P>, neighbours?: Set<Ticket<P>>): void {
    const key = this.#keyOf(ticket);
    const index = this.#chunkOf(key, ticket);
    const chunk = this.#chunks[index] as Chunk<P>;
    const place = placeIn(chunk, key, ticket);
    closeAt(chunk.keys, place);
    closeAt(chunk.tickets, place);
    const before = place > 0 ? chunk.tickets[place - 1] : this.#chunks[index - 1]?.tickets.at(-1);
    const after = chunk.tickets[place] ?? this.#chunks[index + 1]?.tickets[0];
    if (before) neighbours?.add(before);
    if (after) neighbours?.add(after);
    this.#mend(index, chunk);
  }

  /** Walks upwards (`by` 1) or downwards (`by` -1), from a ticket that is there or from the end. */
  walk(by: 1 | -1, from: Ticket<P> | undefined): OrderWalk<P> {
    if (from) {
      const index = this.#chunkOf(this.#keyOf(from), from);
      return new OrderWalk(this.#chunks, by, index, placeIn(this.#chunks[index]!, this.#keyOf(from), from));
    }
    if (by === 1) return new OrderWalk(this.#chunks, by, 0, -1);
    const last = this.#chunks.length - 1;
    return new OrderWalk(this.#chunks, by, last, this.#chunks[last]!.keys.length);
  }

  /** The first chunk whose last ticket is not before this one; the last when there is none. */
  #chunkOf(key: number, ticket: Ticket<P>): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { keys, tickets } = this.#chunks[middle] as Chunk<P>;
      const last = keys.length - 1;
      if (precedes(keys[last] as number, tickets[last] as Ticket<P>, key, ticket)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #mend(index: number, chunk: Chunk<P>): void {
    const next = this.#chunks[index + 1];
    if (chunk.keys.length === 0 && this.#chunks.length > 1) {
      this.#chunks.splice(index, 1);
    } else if (next && chunk.keys.length + next.keys.length <= SHORTEST) {
      chunk.keys.push(...next.keys);
      chunk.tickets.push(...next.tickets);
      this.#chunks.splice(index + 1, 1);
    }
  }
}

/** See {@link RatingWalk}; `rating` is the key of the order. */
class OrderWalk<P extends Player> implements RatingWalk<P> {
  #chunk: Chunk<P>;
  rating: number;

  readonly #chunks: readonly Chunk<P>[];
  readonly #by: 1 | -1;
  #index: number;
  #place: number;

  constructor(chunks: readonly Chunk<P>[], by: 1 | -1, index: number, place: number) {
    this.#chunks = chunks;
    this.#by = by;
    this.#index = index;
    this.#place = place;
    this.#chunk = chunks[index] as Chunk<P>;
    this.rating = this.#chunk.keys[place] ?? Number.NaN;
  }

  get ticket(): Ticket<P> {
    return this.#chunk.tickets[this.#place] as Ticket<P>;
  }

  next(): boolean {
    this.#place += this.#by;
    if (this.#place < 0 || this.#place >= this.#chunk.keys.length) {
      const next = this.#chunks[this.#index + this.#by];
      if (!next) return false;
      this.#chunk = next;
      this.#index += this.#by;
      this.#place = this.#by === 1 ? 0 : next.keys.length - 1;
    }
    this.rating = this.#chunk.keys[this.#place] as number;
    return true;
  }
}

function precedes(oneKey: number, one: Ticket, otherKey: number, other: Ticket): boolean {
  return oneKey < otherKey || (oneKey === otherKey && byAge(one, other) < 0);
}

/** The place of a ticket in a chunk, or where it would go. */
function placeIn<P extends Player>({ keys, tickets }: Chunk<P>, key: number, ticket: Ticket<P>): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (precedes(keys[middle] as number, tickets[middle] as Ticket<P>, key, ticket)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `splice(place, 1)` without the array that splice returns. */
function closeAt(array: unknown[], place: number): void {
  for (let index = place + 1; index < array.length; index++) array[index - 1] = array[index];
  array.pop();
}

/** `splice(place, 0, value)` without the array that splice returns. */
function openAt<T>(array: T[], place: number, value: T): void {
  array.push(value);
  for (let index = array.length - 1; index > place; index--) array[index] = array[index - 1] as T;
  array[place] = value;
}
