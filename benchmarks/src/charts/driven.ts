import { playersOf, type Millis, type Strategy } from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import type { Play, Rule, Table } from "../quality/rule.js";

/** A strategy as a rule, run by the driver that the engine runs it with; with waves where `waveMs` is given. */
export function driven(name: string, create: () => Strategy, waveMs: Millis = Infinity): Rule {
  return { name, start: (table) => new DrivenPlay(create(), waveMs, table) };
}

class DrivenPlay implements Play {
  readonly #driver: Driver<{ readonly id: string; readonly rating: number }>;
  readonly #table: Table;

  constructor(strategy: Strategy, waveMs: Millis, table: Table) {
    this.#table = table;
    this.#driver = new Driver({
      strategy,
      waveMs,
      stopwatch: () => 0,
      onPass: ({ at, proposals }) => {
        for (const proposal of proposals) {
          const [one, other, ...others] = playersOf(proposal).map(({ id }) => Number(id));
          if (one === undefined || other === undefined || others.length > 0)
            throw new Error("the yardstick is for matches of two");
          table.pair(one, other, at);
        }
      },
      onExpire: ({ id }) => {
        throw new Error(`${id} was given no time to leave`);
      },
      onError: (error) => {
        throw error;
      },
    });
  }

  get due(): Millis {
    return this.#driver.due;
  }

  arrives(who: number, now: Millis): void {
    const player = { id: String(who), rating: this.#table.trace.ratings[who]! };
    const id = `ticket-${String(who).padStart(6, "0")}`;
    this.#driver.joined({ id, queue: "chart", region: "", players: [player], joinedAt: now }, now);
  }

  wakes(now: Millis): void {
    this.#driver.advance(now);
  }
}
