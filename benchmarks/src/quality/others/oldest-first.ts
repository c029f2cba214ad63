import type { Millis } from "@evenmatch/core";
import type { Play, Rule, Table } from "../rule.js";
import { WaitingLine } from "./waiting-line.js";

const EVERY_MS = 100;
const FROM = 50;
const PER_SECOND = 10;

/**
 * The loop of many a tutorial: every 100 ms, oldest first, everybody takes the closest within a range of their own that
 * starts at 50 points and grows by 10 a second.
 */
export const oldestFirst: Rule = { name: "oldest-first", start: (table) => new OldestFirst(table) };

class OldestFirst implements Play {
  readonly #line: WaitingLine;
  /** In the order of arrival. */
  #queue: number[] = [];
  #now: Millis = 0;

  constructor(private readonly table: Table) {
    this.#line = new WaitingLine(table.trace.ratings);
  }

  get due(): Millis {
    return this.#queue.length < 2 ? Infinity : (Math.floor(this.#now / EVERY_MS) + 1) * EVERY_MS;
  }

  arrives(who: number, now: Millis): void {
    this.#now = now;
    this.#queue.push(who);
    this.#line.add(who);
  }

  wakes(now: Millis): void {
    this.#now = now;
    const gone = new Set<number>();
    for (const who of this.#queue) {
      if (gone.has(who)) continue;
      const closest = this.#line.closest(who);
      const range = FROM + (PER_SECOND * (now - this.table.trace.at[who]!)) / 1_000;
      if (closest === undefined || this.#line.gap(who, closest) > range) continue;
      for (const one of [who, closest]) {
        this.#line.remove(one);
        gone.add(one);
      }
      this.table.pair(who, closest, now);
    }
    if (gone.size > 0) this.#queue = this.#queue.filter((who) => !gone.has(who));
  }
}
