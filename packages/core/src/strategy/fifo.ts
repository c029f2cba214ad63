import { objectOf, wholeAtLeast } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { canFill, deal } from "./packing.js";
import type { Proposal, Strategy } from "./strategy.js";

/** The shape of a match of {@link Fifo}. */
export interface FifoOptions {
  /** How many teams play a match; 2 by default. */
  readonly teams?: number;
  /** How many players a team has; 1 by default. Parties up to this size are kept whole. */
  readonly teamSize?: number;
}

/**
 * First come, first matched, whatever the ratings.
 *
 * 1. Go through the pool by age. A ticket fits when the teams can be filled exactly with it, with the tickets
 *    taken before it, and with some of those that came later; what fits is taken, what does not is passed over.
 * 2. So a group is the first of all possible groups in the order of age: never a later ticket before an earlier one
 *    that fits. Tickets are dealt to teams large parties first, then by age.
 * 3. Go on with what is left, until nothing can be filled.
 *
 * Cost: O(1) when no group can be filled, else O(n) to the youngest member of the group.
 * Quality: always 1, since no match of this queue counts as better than another.
 */
export class Fifo implements Strategy {
  readonly maxPartySize: number;
  readonly #teams: number;
  readonly #teamSize: number;

  /** Throws `INVALID_OPTIONS` when `teams` or `teamSize` is not a whole number of 1 or more, or one player would be alone. */
  constructor(options: FifoOptions = {}) {
    const { teams = 2, teamSize = 1 } = objectOf("Fifo", options, ["teams", "teamSize"]);
    this.#teamSize = this.maxPartySize = wholeAtLeast(1, "teamSize", teamSize);
    this.#teams = wholeAtLeast(this.#teamSize === 1 ? 2 : 1, "teams", teams);
  }

  propose(pool: Pool): Proposal[] {
    const proposals: Proposal[] = [];
    const left = Array.from({ length: this.#teamSize + 1 }, (_, size) =>
      size === 0 ? 0 : pool.countOf(size),
    );
    const nothing = left.map(() => 0);
    const fits = (taken: readonly number[], later: readonly number[]): boolean =>
      canFill(taken, later, this.#teams, this.#teamSize);
    if (!fits(nothing, left)) return proposals;
    const queue = new PassingOver(pool);
    while (fits(nothing, left)) {
      const group = this.#group(queue, left, fits);
      for (const { players } of group) (left[players.length] as number)--;
      proposals.push(this.#proposal(group));
    }
    return proposals;
  }

  nextChange(): number {
    return Infinity;
  }

  /** The first group in the order of age; there is one. */
  #group(queue: PassingOver, counts: readonly number[], fits: Fits): Ticket[] {
    const group: Ticket[] = [];
    const taken = counts.map(() => 0);
    const later = [...counts];
    let room = this.#teams * this.#teamSize;
    queue.restart();
    while (room > 0) {
      const ticket = queue.next();
      const size = ticket.players.length;
      (later[size] as number)--;
      (taken[size] as number)++;
      if (fits(taken, later)) {
        group.push(ticket);
        room -= size;
      } else {
        (taken[size] as number)--;
        queue.passOver(ticket);
      }
    }
    return group;
  }

  #proposal(group: readonly Ticket[]): Proposal {
    const teams: Ticket[][] = Array.from({ length: this.#teams }, () => []);
    const teamOf = deal(
      group.map(({ players }) => players.length),
      this.#teams,
      this.#teamSize,
    );
    group.forEach((ticket, index) => teams[teamOf[index] as number]?.push(ticket));
    return { teams, quality: 1 };
  }
}

type Fits = (taken: readonly number[], later: readonly number[]) => boolean;

/** Goes through a pool by age once, and again over what it was told to pass over. */
class PassingOver {
  readonly #rest: Iterator<Ticket>;
  #skipped: Ticket[] = [];
  #kept: Ticket[] = [];
  #next = 0;

  constructor(pool: Pool) {
    this.#rest = pool[Symbol.iterator]();
  }

  /** Back to the oldest that is still there. */
  restart(): void {
    if (this.#kept.length > 0) this.#skipped = [...this.#kept, ...this.#skipped.slice(this.#next)];
    else if (this.#next > 0) this.#skipped.splice(0, this.#next);
    this.#kept = [];
    this.#next = 0;
  }

  next(): Ticket {
    return this.#skipped[this.#next++] ?? (this.#rest.next().value as Ticket);
  }

  passOver(ticket: Ticket): void {
    this.#kept.push(ticket);
  }
}
