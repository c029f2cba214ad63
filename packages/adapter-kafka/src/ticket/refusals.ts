import type { RequestOutcome } from "@evenmatch/core";
import type { Asker } from "./requests.js";

/** Of how many joins that were refused the refusal is remembered. */
const MOST = 10_000;

/**
 * Joins that were refused lately. A request that was not answered in time is sent again, and both may come: one that was
 * refused, and whose caller knows, must not be taken up by its second coming. All others are the same the second time.
 */
export class Refusals {
  readonly #outcomes = new Map<string, RequestOutcome>();

  /** What this very request was refused with. */
  of({ id }: Asker, number: number): RequestOutcome | undefined {
    return this.#outcomes.get(`${id} ${number}`);
  }

  /** Remembers the outcome of a join, if it was a refusal. */
  note({ id }: Asker, number: number, outcome: RequestOutcome): void {
    if (outcome.type !== "full" && outcome.type !== "conflict") return;
    this.#outcomes.set(`${id} ${number}`, outcome);
    if (this.#outcomes.size <= MOST) return;
    for (const oldest of this.#outcomes.keys()) return void this.#outcomes.delete(oldest);
  }
}
