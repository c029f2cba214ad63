import type { Clock } from "@evenmatch/core";
import type { HistoryEntry, News, Operation, Replied } from "../history/history.js";

/** Writes down what the simulated callers see. */
export class Recorder {
  readonly entries: HistoryEntry[] = [];
  /** What went wrong that no fault explains: a strategy that throws, or proposes what it must not. */
  readonly flaws = new Set<string>();
  #calls = 0;

  constructor(private readonly clock: Clock) {}

  /** A call, and what takes its end: a reply, or nothing for a call that was never answered. */
  call(process: string, operation: Operation): (reply?: Replied["reply"]) => void {
    const call = `c${++this.#calls}`;
    this.entries.push({ type: "called", at: this.clock.now(), process, call, operation });
    return (reply) => {
      const at = this.clock.now();
      this.entries.push(
        reply ? { type: "replied", at, process, call, reply } : { type: "unanswered", at, process, call },
      );
    };
  }

  told(process: string, player: string, news: News): void {
    this.entries.push({ type: "told", at: this.clock.now(), process, player, news });
  }
}
