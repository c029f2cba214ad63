import type { Millis } from "@evenmatch/core";
import { POINTS_PER_SECOND } from "../outcome.js";
import type { Play, Rule, Table } from "../rule.js";

/** How much waiting balances a gap. Of ½, 1 and 2 the one that does best on the seeds to develop with. */
const BALANCE = 1;

/**
 * Two meet once what they have paid for waiting together balances what their match costs: the principle of J. Liu,
 * H. Zhang and J. Zhang, "When to match: a cost-balancing principle for dynamic markets" (arXiv 2601.21858), for pairs.
 */
export const costBalancing: Rule = {
  name: "cost-balancing",
  start: (table) => new CostBalancing(table),
};

class CostBalancing implements Play {
  due: Millis = Infinity;
  readonly #waiting: number[] = [];
  /** Who balance next. */
  #next: readonly [number, number] | undefined;

  constructor(private readonly table: Table) {}

  arrives(who: number, now: Millis): void {
    for (const other of this.#waiting) this.#consider(who, other, now);
    this.#waiting.push(who);
    if (this.due <= now) this.wakes(now);
  }

  wakes(now: Millis): void {
    while (this.#next && this.due <= now) {
      const [one, other] = this.#next;
      for (const who of this.#next) this.#waiting.splice(this.#waiting.indexOf(who), 1);
      this.table.pair(one, other, now);
      this.due = Infinity;
      this.#next = undefined;
      this.#waiting.forEach((first, place) => {
        for (const second of this.#waiting.slice(place + 1)) this.#consider(first, second, now);
      });
    }
  }

  #consider(one: number, other: number, now: Millis): void {
    const { at, ratings } = this.table.trace;
    const gap = Math.abs(ratings[one]! - ratings[other]!);
    const seconds = (BALANCE * gap) / POINTS_PER_SECOND;
    const from = Math.max(now, Math.ceil((at[one]! + at[other]! + 1_000 * seconds) / 2));
    if (from >= this.due) return;
    this.due = from;
    this.#next = [one, other];
  }
}
