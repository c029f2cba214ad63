/** How long at least between two questions of a kind, in ms. */
const PAUSE_MS = 1_000;

/**
 * A question that is asked again whenever its answer may have changed: at once, and then at most once a second,
 * however often it is called for. A question that fails is asked again with the next change.
 */
export class Questions {
  #isBusy = false;
  #isWanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;

  /** @param {() => Promise<void>} put puts the question */
  constructor(put) {
    this.put = put;
  }

  ask() {
    this.#isWanted = true;
    if (!this.#isBusy) void this.#run();
  }

  /** @param {number} ms only the last one of these counts */
  askIn(ms) {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.ask(), ms);
  }

  async #run() {
    this.#isBusy = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.put().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    this.#isBusy = false;
  }
}
