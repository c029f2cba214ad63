import {
  Fifo,
  MemoryPool,
  OneVsOne,
  Relaxation,
  RelaxingBlitz,
  SeededBracket,
  StrictOneVsOne,
  TeamBalance,
  type Millis,
  type Proposal,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import type { Play, Rule, Table } from "./rule.js";

/** A strategy of the library as a rule: on a pool in memory, asked as the engine asks. */
export function ruleOf(name: string, create: () => Strategy): Rule {
  return { name, start: (table) => new StrategyPlay(create(), table) };
}

class StrategyPlay implements Play {
  due: Millis = Infinity;
  readonly #pool = new MemoryPool();
  readonly #places = new Map<string, number>();

  constructor(
    private readonly strategy: Strategy,
    private readonly table: Table,
  ) {}

  arrives(who: number, now: Millis): void {
    const id = `player-${String(who).padStart(6, "0")}`;
    this.#places.set(id, who);
    const rating = this.table.trace.ratings[who]!;
    this.#pool.add({ id, queue: "quality", region: "", players: [{ id, rating }], joinedAt: now });
    this.wakes(now);
  }

  wakes(now: Millis): void {
    const proposals = this.strategy.propose(this.#pool, now);
    this.#pool.clean();
    for (const proposal of proposals) this.#match(proposal, now);
    // As the engine does: rounded up, and never the same instant again.
    this.due = Math.max(Math.ceil(this.strategy.nextChange(this.#pool, now)), now + 1);
  }

  #match({ teams }: Proposal, now: Millis): void {
    const [one, other, ...others] = teams.flat().map((ticket) => this.#take(ticket));
    if (one === undefined || other === undefined || others.length > 0)
      throw new Error("the yardstick is for matches of two");
    this.table.pair(one, other, now);
  }

  #take({ id }: Ticket): number {
    const place = this.#places.get(id)!;
    this.#places.delete(id);
    this.#pool.remove(id);
    return place;
  }
}

const window = () => Relaxation.line({ from: 100, to: 500, overMs: 40_000 });

/** Our strategies. */
export const ours: readonly Rule[] = [
  ruleOf("one-vs-one", () => new OneVsOne({ maxRatingGap: 100 })),
  ruleOf("strict-one-vs-one", () => new StrictOneVsOne({ maxRatingGap: 50 })),
  ruleOf("relaxing-blitz", () => new RelaxingBlitz({ ratingGap: window() })),
  ruleOf("relaxing-blitz-longest", () => new RelaxingBlitz({ ratingGap: window(), wait: "longest" })),
  ruleOf("fifo", () => new Fifo()),
  ruleOf("team-balance", () => new TeamBalance({ teams: 2, teamSize: 1, maxRatingSpread: window() })),
  ruleOf("seeded-bracket", () => new SeededBracket({ sizes: [2], fillMs: 60_000 })),
];
