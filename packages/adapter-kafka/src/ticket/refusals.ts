import type { RequestOutcome } from "@evenmatch/core";
import { encodeValue, refusalKey, type LogEntry, type RefusedOutcome } from "./log-record.js";
import type { Asker } from "./requests.js";

/** Of how many joins that were refused the refusal is remembered. */
const MOST = 10_000;

/**
 * Joins of a partition that were refused lately. A request that was not answered in time is sent again, and both may come:
 * one that was refused, and whose caller knows, must not be taken up by its second coming, whoever owns the partition by
 * then. So refusals are in the log, too. All other requests are the same the second time.
 */
export class Refusals {
  readonly #outcomes = new Map<string, RefusedOutcome>();
  /** Keys that the log has to be told of. */
  readonly #dirty = new Set<string>();

  /** What this very request was refused with. */
  of({ id }: Asker, number: number): RequestOutcome | undefined {
    return this.#outcomes.get(refusalKey(id, number));
  }

  /** Remembers the outcome of a join, if it was a refusal. */
  note({ id }: Asker, number: number, outcome: RequestOutcome): void {
    if (outcome.type !== "full" && outcome.type !== "conflict") return;
    const key = refusalKey(id, number);
    this.#outcomes.set(key, outcome);
    this.#dirty.add(key);
    if (this.#outcomes.size <= MOST) return;
    for (const oldest of this.#outcomes.keys()) {
      this.#outcomes.delete(oldest);
      this.#dirty.add(oldest);
      return;
    }
  }

  /** Remembers what the log does. */
  restore(key: string, outcome: RefusedOutcome): void {
    this.#outcomes.set(key, outcome);
  }

  /** What the log has to be told, which it then knows. */
  entries(into: LogEntry[]): void {
    for (const key of this.#dirty) {
      const outcome = this.#outcomes.get(key);
      into.push({ key, value: outcome ? encodeValue({ type: "refused", outcome }) : null });
    }
    this.#dirty.clear();
  }
}
