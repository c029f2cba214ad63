/**
 * A queue between who pushes and one who iterates: what is pushed while nobody waits is kept in order. `end`
 * finishes the iteration after what is kept, `fail` makes it throw then. Returning the iterator calls `onReturn`.
 */
export class Channel<T> implements AsyncIterableIterator<T> {
  readonly #kept: T[] = [];
  #taken = 0;
  readonly #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #ended: { readonly error?: Error } | undefined;

  readonly #onReturn: () => void;

  constructor(onReturn: () => void = () => {}) {
    this.#onReturn = onReturn;
  }

  /** How many items wait to be taken. */
  get length(): number {
    return this.#kept.length - this.#taken;
  }

  /** Hands an item to whoever iterates, or keeps it. */
  push(item: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ value: item, done: false });
    else this.#kept.push(item);
  }

  /** No more comes: the iteration ends after what is kept. */
  end(): void {
    this.#finish({});
  }

  /** The iteration throws after what is kept. */
  fail(error: unknown): void {
    this.#finish({ error: error as Error });
  }

  /** The next item, as soon as there is one. */
  next(): Promise<IteratorResult<T>> {
    if (this.length > 0) {
      const value = this.#kept[this.#taken++] as T;
      if (this.length === 0) this.#kept.length = this.#taken = 0;
      return Promise.resolve({ value, done: false });
    }
    if (this.#ended) {
      const { error } = this.#ended;
      this.#ended = {};
      if (error !== undefined) return Promise.reject(error);
      return Promise.resolve({ value: undefined, done: true });
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Whoever iterates is done: what is kept is dropped. */
  return(): Promise<IteratorResult<T>> {
    this.#kept.length = this.#taken = 0;
    this.end();
    this.#onReturn();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** An iterator is its own iterable. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(ended: { readonly error?: Error }): void {
    if (this.#ended) return;
    this.#ended = ended;
    for (const waiting of this.#waiting.splice(0))
      this.next().then(
        (result) => waiting.resolve(result),
        (error: unknown) => waiting.reject(error),
      );
  }
}
