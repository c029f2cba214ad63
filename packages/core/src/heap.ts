/** A binary heap: whatever comes before all others is taken out first. */
export class Heap<T> {
  readonly #heap: T[] = [];

  /** `before` is a strict order. */
  constructor(private readonly before: (one: T, other: T) => boolean) {}

  /** What `pop` would take. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  add(value: T): void {
    const heap = this.#heap;
    let index = heap.push(value) - 1;
    for (; index > 0; index = (index - 1) >> 1) {
      const parent = heap[(index - 1) >> 1] as T;
      if (!this.before(value, parent)) break;
      heap[index] = parent;
    }
    heap[index] = value;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop() as T;
    if (heap.length === 0) return first;
    let index = 0;
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      if (child + 1 < heap.length && this.before(heap[child + 1] as T, heap[child] as T)) child++;
      if (!this.before(heap[child] as T, last)) break;
      heap[index] = heap[child] as T;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
