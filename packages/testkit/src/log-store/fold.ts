import type { Millis, RequestOutcome } from "@evenmatch/core";
import { evolve, LifeState, type Retention } from "@evenmatch/core/adapter";
import type { LogRecord } from "./broker.js";

/**
 * A pool as the fold of its log: the life of its tickets, how far its requests are taken up, and what they were
 * answered. Two folds of the same records are the same, whoever makes them.
 */
export class Fold {
  readonly life: LifeState;
  /** Where the next request to take up stands. */
  nextRequest = 0;
  /** The number of the last change. */
  seq = 0;
  /** In the order of the log. A request is repeated while its writer waits, which is long over when ids are forgotten. */
  readonly #answered = new Map<string, { readonly at: Millis; readonly outcome: RequestOutcome }>();

  constructor(private readonly retention: Retention) {
    this.life = new LifeState(retention);
  }

  /** What a request was answered that has been taken up before. */
  answerTo(correlation: string): RequestOutcome | undefined {
    return this.#answered.get(correlation)?.outcome;
  }

  apply(record: LogRecord): void {
    if (record.type === "owned") return;
    for (const change of record.changes) {
      evolve(this.life, change, record.at);
      this.seq++;
    }
    this.nextRequest = Math.max(this.nextRequest, record.nextRequest);
    const { at, taken } = record;
    if (taken) this.#answered.set(taken.correlation, { at, outcome: taken.outcome });
    for (const [correlation, answered] of this.#answered) {
      if (answered.at + this.retention.dedupeMs > at) break;
      this.#answered.delete(correlation);
    }
    this.life.forget(at);
  }
}
