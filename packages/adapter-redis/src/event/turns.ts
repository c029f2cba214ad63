/** Lets one at a time go through, in the order in which they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Somebody else is waiting. */
  get areWanted(): boolean {
    return this.#waiting > 0;
  }

  /** Runs when it is its turn, and the next after that. */
  async take<T>(run: () => T | Promise<T>): Promise<T> {
    this.#waiting++;
    const mine = this.#last.then(() => {
      this.#waiting--;
      return run();
    });
    this.#last = mine.catch(() => {});
    return mine;
  }
}
