/** The last so many of what came, in no particular order. */
export class Ring<T> implements Iterable<T> {
  readonly #items: T[] = [];
  #next = 0;

  constructor(private readonly size: number) {}

  push(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }
}
