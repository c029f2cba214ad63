/** What runs although nobody waits for it, so that it can be waited for in the end. */
export class Underway {
  readonly #running = new Set<Promise<void>>();

  /** Runs it; what fails is printed. */
  run(what: () => Promise<unknown>): void {
    const running: Promise<void> = what()
      .then(
        () => {},
        (error: unknown) => console.error(error),
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
