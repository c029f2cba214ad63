import type { Millis } from "./clock.js";

interface Entry<T> {
  readonly at: Millis;
  readonly value: T;
}

/** What is due when: a binary heap by instant. Nothing is ever taken out early; who pops checks whether it still counts. */
export class Deadlines<T> {
  readonly #heap: Entry<T>[] = [];

  /** The earliest instant; `Infinity` when there is none. */
  get next(): Millis {
    return this.#heap[0]?.at ?? Infinity;
  }

  /** What is due earliest; `undefined` when there is nothing. */
  get first(): T | undefined {
    return this.#heap[0]?.value;
  }

  add(at: Millis, value: T): void {
    if (at === Infinity) return;
    const heap = this.#heap;
    let index = heap.length;
    heap.push({ at, value });
    for (let parent = (index - 1) >> 1; index > 0 && this.#at(parent) > at; parent = (index - 1) >> 1) {
      this.#swap(index, parent);
      index = parent;
    }
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Drops what does not count any more. */
  keep(counts: (value: T) => boolean): void {
    const kept = this.#heap.filter(({ value }) => counts(value));
    this.#heap.length = 0;
    for (const { at, value } of kept) this.add(at, value);
  }

  /** Takes out the earliest. */
  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first?.value;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const child = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(child) >= last.at) break;
      this.#swap(index, child);
      index = child;
    }
    return first.value;
  }

  #at(index: number): Millis {
    return this.#heap[index]?.at ?? Infinity;
  }

  #swap(one: number, other: number): void {
    const entry = this.#heap[one] as Entry<T>;
    this.#heap[one] = this.#heap[other] as Entry<T>;
    this.#heap[other] = entry;
  }
}
