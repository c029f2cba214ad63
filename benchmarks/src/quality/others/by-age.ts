import type { Millis } from "@evenmatch/core";
import type { Play, Rule, Table } from "../rule.js";
import { WaitingLine } from "./waiting-line.js";

/**
 * A rule in which two may meet from an instant on that follows from their gap and from when the older one came; a
 * smaller gap is never later. So neighbours in rating suffice: whoever stands between two may meet one of them first.
 * The closest meet first.
 */
export function byAge(name: string, meetsAt: (gap: number, olderCame: Millis) => Millis): Rule {
  return { name, start: (table) => new ByAge(table, meetsAt) };
}

class ByAge implements Play {
  due: Millis = Infinity;
  readonly #line: WaitingLine;

  constructor(
    private readonly table: Table,
    private readonly meetsAt: (gap: number, olderCame: Millis) => Millis,
  ) {
    this.#line = new WaitingLine(table.trace.ratings);
  }

  arrives(who: number, now: Millis): void {
    this.#line.add(who);
    this.wakes(now);
  }

  wakes(now: Millis): void {
    for (let lower = this.#closest(now); lower !== undefined; lower = this.#closest(now)) {
      const [one, other] = this.#line.inOrder.slice(lower, lower + 2) as [number, number];
      this.#line.remove(one);
      this.#line.remove(other);
      this.table.pair(one, other, now);
    }
  }

  /** The lower place of the closest two who may meet now; if there are none, when the first may is noted. */
  #closest(now: Millis): number | undefined {
    const { inOrder } = this.#line;
    const { at } = this.table.trace;
    let closest: number | undefined;
    let least = Infinity;
    this.due = Infinity;
    for (let place = 0; place + 1 < inOrder.length; place++) {
      const one = inOrder[place]!;
      const other = inOrder[place + 1]!;
      const gap = this.#line.gap(one, other);
      const from = this.meetsAt(gap, Math.min(at[one]!, at[other]!));
      if (from > now) this.due = Math.min(this.due, from);
      else if (gap < least) {
        least = gap;
        closest = place;
      }
    }
    return closest;
  }
}
