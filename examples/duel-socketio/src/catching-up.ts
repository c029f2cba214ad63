import { after } from "./time.js";
import type { Underway } from "./underway.js";

/** How soon players are looked up again when that failed, in ms. */
const AGAIN = 1_000;

/**
 * Looks players up of whom something has changed. One look at a time, for all who came in meanwhile at once: so of two
 * looks the later one sees what came later, and nobody is told of an older state after a newer one. Where a look fails
 * it is tried again.
 */
export class CatchingUp {
  readonly #unsure = new Set<string>();
  #isLooking = false;
  #isClosed = false;
  #stopAgain = (): void => {};

  constructor(
    private readonly look: (playerIds: readonly string[]) => Promise<unknown>,
    private readonly underway: Underway,
  ) {}

  with(playerIds: readonly string[]): void {
    if (this.#isClosed) return;
    for (const id of playerIds) this.#unsure.add(id);
    this.underway.run(() => this.#lookAll());
  }

  /** Looks for nobody any more, once the look under way is over. */
  close(): void {
    this.#isClosed = true;
    this.#stopAgain();
    this.#unsure.clear();
  }

  async #lookAll(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#unsure.size > 0) {
      const playerIds = [...this.#unsure];
      this.#unsure.clear();
      try {
        await this.look(playerIds);
      } catch (error) {
        console.error(error);
        if (this.#isClosed) break;
        for (const id of playerIds) this.#unsure.add(id);
        // Whoever else looked and failed meanwhile waits no longer: one timer is enough.
        this.#stopAgain();
        this.#stopAgain = after(AGAIN, () => this.underway.run(() => this.#lookAll()));
        break;
      }
    }
    this.#isLooking = false;
  }
}
