/** What is to come, earliest first: a binary heap of times, each with a whole number. */
export class Events {
  readonly #times: number[] = [];
  readonly #what: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** When the first is. */
  get time(): number {
    return this.#times[0]!;
  }

  add(time: number, what: number): void {
    let place = this.#times.push(time) - 1;
    this.#what.push(what);
    while (place > 0) {
      const above = (place - 1) >>> 1;
      if (this.#times[above]! <= time) break;
      this.#times[place] = this.#times[above]!;
      this.#what[place] = this.#what[above]!;
      place = above;
    }
    this.#times[place] = time;
    this.#what[place] = what;
  }

  /** Takes the first out. */
  pop(): number {
    const first = this.#what[0]!;
    const time = this.#times.pop()!;
    const what = this.#what.pop()!;
    const size = this.#times.length;
    if (size === 0) return first;
    let place = 0;
    for (let below = 1; below < size; below = 2 * place + 1) {
      if (below + 1 < size && this.#times[below + 1]! < this.#times[below]!) below++;
      if (this.#times[below]! >= time) break;
      this.#times[place] = this.#times[below]!;
      this.#what[place] = this.#what[below]!;
      place = below;
    }
    this.#times[place] = time;
    this.#what[place] = what;
    return first;
  }
}
