import type { Millis } from "@evenmatch/core";
import type { Play, Rule, Table } from "../rule.js";
import { WaitingLine } from "./waiting-line.js";

const GAP = 100;
const FORCED_AFTER_MS = 60_000;

/**
 * What most servers begin with: whoever arrives meets the closest within 100 points, and who has waited for a minute
 * the closest there is.
 */
export const fixedGap: Rule = { name: "fixed-gap", start: (table) => new FixedGap(table) };

class FixedGap implements Play {
  readonly #line: WaitingLine;
  /** In the order of arrival; those who are matched stay until they are first. */
  readonly #queue: number[] = [];
  readonly #waits = new Set<number>();

  constructor(private readonly table: Table) {
    this.#line = new WaitingLine(table.trace.ratings);
  }

  get due(): Millis {
    while (this.#queue.length > 0 && !this.#waits.has(this.#queue[0]!)) this.#queue.shift();
    const [oldest] = this.#queue;
    return oldest === undefined || this.#line.size < 2
      ? Infinity
      : this.table.trace.at[oldest]! + FORCED_AFTER_MS;
  }

  arrives(who: number, now: Millis): void {
    this.#queue.push(who);
    this.#waits.add(who);
    this.#line.add(who);
    const closest = this.#line.closest(who);
    if (closest === undefined) return;
    const isForced = now - this.table.trace.at[closest]! >= FORCED_AFTER_MS;
    if (isForced || this.#line.gap(who, closest) <= GAP) this.#pair(who, closest, now);
  }

  wakes(now: Millis): void {
    const [oldest] = this.#queue;
    this.#pair(oldest!, this.#line.closest(oldest!)!, now);
  }

  #pair(one: number, other: number, now: Millis): void {
    for (const who of [one, other]) {
      this.#line.remove(who);
      this.#waits.delete(who);
    }
    this.table.pair(one, other, now);
  }
}
