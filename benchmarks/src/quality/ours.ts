import {
  Adaptive,
  Fifo,
  MemoryPool,
  OneVsOne,
  Relaxation,
  RelaxingBlitz,
  StrictOneVsOne,
  TeamBalance,
  type Millis,
  type Proposal,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import { POINTS_PER_SECOND } from "./outcome.js";
import type { Play, Rule, Table } from "./rule.js";

/**
 * A strategy of the library as a rule: on a pool in memory, asked as the engine asks. Its pool may get a new owner every
 * so many milliseconds: another instance and another pool, which know nothing but who waits.
 */
export function ruleOf(name: string, create: () => Strategy, ownerMs = Infinity): Rule {
  return { name, start: (table) => new StrategyPlay(create, table, ownerMs) };
}

class StrategyPlay implements Play {
  #due: Millis = Infinity;
  #strategy: Strategy;
  #pool = new MemoryPool();
  #ownedUntil: Millis;
  readonly #places = new Map<string, number>();

  constructor(
    private readonly create: () => Strategy,
    private readonly table: Table,
    private readonly ownerMs: Millis,
  ) {
    this.#strategy = create();
    this.#ownedUntil = ownerMs;
  }

  get due(): Millis {
    return Math.min(this.#due, this.#ownedUntil);
  }

  arrives(who: number, now: Millis): void {
    const id = `player-${String(who).padStart(6, "0")}`;
    this.#places.set(id, who);
    const rating = this.table.trace.ratings[who]!;
    this.#pool.add({ id, queue: "quality", region: "", players: [{ id, rating }], joinedAt: now });
    this.#ask(now);
  }

  wakes(now: Millis): void {
    if (this.#due <= now) this.#ask(now);
    if (this.#ownedUntil > now) return;
    this.#ownedUntil += this.ownerMs;
    this.#strategy = this.create();
    this.#pool = new MemoryPool(this.#pool);
    this.#ask(now);
  }

  #ask(now: Millis): void {
    const proposals = this.#strategy.propose(this.#pool, now);
    this.#pool.clean();
    for (const proposal of proposals) this.#match(proposal, now);
    // As the engine does: rounded up, and never the same instant again.
    this.#due = Math.max(Math.ceil(this.#strategy.nextChange(this.#pool, now)), now + 1);
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

const adaptive = () => new Adaptive({ pointsPerSecond: POINTS_PER_SECOND });

/** The strategy that is judged, and no other. */
export const judged = ruleOf("adaptive", adaptive);

/** What it loses where the pool has a new owner every ten minutes, who has to learn everything again. */
export const judgedWithNewOwners = ruleOf("adaptive-new-owners", adaptive, 600_000);

/** Our strategies. `SeededBracket` of two is `Fifo`. */
export const ours: readonly Rule[] = [
  judged,
  judgedWithNewOwners,
  ruleOf("one-vs-one", () => new OneVsOne({ maxRatingGap: 100 })),
  ruleOf("strict-one-vs-one", () => new StrictOneVsOne({ maxRatingGap: 50 })),
  ruleOf("relaxing-blitz", () => new RelaxingBlitz({ ratingGap: window() })),
  ruleOf("fifo", () => new Fifo()),
  ruleOf("team-balance", () => new TeamBalance({ teams: 2, teamSize: 1, maxRatingSpread: window() })),
];
