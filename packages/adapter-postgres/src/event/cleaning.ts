import type { Millis } from "@evenmatch/core";
import { CLEANING, type Around } from "./around.js";

/** How often a process looks whether there is something to clean, in ms, and how many events go at once. */
const EVERY: Millis = 5_000;
const MOST = 5_000;

/**
 * Deletes what every group and every reader is done with, and what is older than `retainMs` whoever may still want it.
 * Every process does so; one at a time gets to.
 */
export class Cleaning {
  readonly #around: Around;
  #cancel = (): void => {};
  #isClosed = false;

  constructor(around: Around) {
    this.#around = around;
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const { clock, reports } = this.#around;
    this.#cancel = clock.at(clock.now() + EVERY, () => {
      this.#clean()
        .then(() => reports.works("cleaning"))
        .catch((error: unknown) => (this.#isClosed ? undefined : reports.failed("cleaning", error)))
        .finally(() => this.#schedule());
    });
  }

  async #clean(): Promise<void> {
    while (!this.#isClosed && (await cleanOnce(this.#around, MOST)) === MOST);
  }
}

/** Cleans up to so many events, and returns how many went. */
export async function cleanOnce({ database, retainMs }: Around, most: number): Promise<number> {
  return database.transaction(async (sender) => {
    const [row] = await sender.query<{ count: number }>(
      `SELECT {schema}.clean_events(${CLEANING}, $2, $3) AS count`,
      [database.schema, retainMs, most],
    );
    return row?.count ?? 0;
  });
}
