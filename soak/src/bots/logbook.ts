import { appendHistory, type HistoryEntry, type News, type Operation } from "@evenmatch/testkit";
import type { Reply } from "../wire.js";

/** Every entry is of the process that writes it down: it is this one that calls, and that is told. */
const PROCESS = "bots";

/** Writes down, on disk and at once, what the callers of this process see. */
export class Logbook {
  #calls = 0;

  constructor(private readonly file: string) {}

  /** A call, and what takes its end: a reply, or nothing for a call that was never answered. */
  call(operation: Operation): (reply?: Reply) => void {
    const call = `c${++this.#calls}`;
    this.#write({ type: "called", at: Date.now(), process: PROCESS, call, operation });
    return (reply) => {
      const at = Date.now();
      this.#write(
        reply
          ? { type: "replied", at, process: PROCESS, call, reply }
          : { type: "unanswered", at, process: PROCESS, call },
      );
    };
  }

  told(player: string, news: News): void {
    this.#write({ type: "told", at: Date.now(), process: PROCESS, player, news });
  }

  #write(entry: HistoryEntry): void {
    appendHistory(this.file, entry);
  }
}
