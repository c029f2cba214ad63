/**
 * Wakes one who sleeps until there is something to do. A ring while nobody sleeps is kept for the next `rung()`, and
 * many such rings are one: whoever wakes looks at everything there is.
 */
export class Alarm {
  #isRung = false;
  #wake = (): void => {};

  /** There is something to do. */
  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Resolves at the next ring, or at once where one was kept. For one sleeper at a time. */
  async rung(): Promise<void> {
    if (!this.#isRung) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#isRung = false;
  }
}
