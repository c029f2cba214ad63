import { canFill } from "./packing.js";
import { Fillings, type SizeCounts } from "./team-fillings.js";

/** So many answers are remembered: more than any usual shape of teams has. */
const REMEMBERED = 20_000;

/**
 * The seats of a match: `teams` teams of `teamSize`, to be filled exactly by parties that stay whole. Windows over
 * a pool ask the same few questions again and again, so answers are remembered.
 */
export class TeamSeats {
  /** Of all teams together. */
  readonly players: number;
  /** How many parties of each size a match has room for (index = size). */
  readonly most: SizeCounts;
  /** Where there are few ways to fill the teams, all of them; else answers are remembered. */
  readonly #fillings: Fillings | undefined;
  readonly #remembered = new Map<number, boolean>();
  /** A single party, by its size. */
  readonly #only: readonly SizeCounts[];
  /** What a party of each size weighs in the key of an answer; 0 where such keys would not be whole numbers. */
  readonly #weights: readonly number[];

  constructor(
    readonly teams: number,
    readonly teamSize: number,
  ) {
    this.players = teams * teamSize;
    this.most = [0, ...sizesUpTo(teamSize).map((size) => teams * Math.floor(teamSize / size))];
    this.#fillings = Fillings.of(teams, teamSize);
    this.#only = this.most.map((_, size) => this.nobody().with(size, 1));
    const weights = [1];
    for (const size of sizesUpTo(teamSize)) {
      weights.push((weights[size - 1] as number) * ((this.most[size - 1] as number) + 1));
    }
    const largest = (weights[teamSize] as number) * ((this.most[teamSize] as number) + 1) * (teamSize + 1);
    this.#weights = Number.isSafeInteger(largest) ? weights : [];
  }

  /** Nobody, by size. */
  nobody(): number[] {
    return Array.from({ length: this.teamSize + 1 }, () => 0);
  }

  /** Whether the teams can be filled with a party of this size and any of `others`. */
  fillsAround(size: number, others: SizeCounts): boolean {
    if (size > this.teamSize) return false;
    let there = size;
    for (let each = 1; each <= this.teamSize; each++) there += each * (others[each] as number);
    if (there < this.players) return false;
    // Single players fit anywhere.
    if (size + (others[1] as number) >= this.players || this.teamSize === 1) return true;
    if (this.#fillings) return this.#fillings.has(this.#only[size]!, others);
    if (this.#weights.length === 0) return canFill(this.#only[size]!, others, this.teams, this.teamSize);
    let key = size;
    for (let each = 1; each <= this.teamSize; each++) {
      const count = Math.min(others[each] as number, this.most[each] as number);
      key += count * (this.#weights[each] as number) * (this.teamSize + 1);
    }
    let isFilled = this.#remembered.get(key);
    if (isFilled === undefined) {
      isFilled = canFill(this.#only[size]!, others, this.teams, this.teamSize);
      if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
      this.#remembered.set(key, isFilled);
    }
    return isFilled;
  }

  /** Whether the teams can be filled with all of `must` and any of `may`. */
  fills(must: SizeCounts, may: SizeCounts): boolean {
    if (this.#fillings) return this.#fillings.has(must, may);
    const seated = playersIn(must);
    if (seated > this.players) return false;
    const isSingle = must.every((count, size) => size < 2 || count === 0);
    if (isSingle && seated + (may[1] ?? 0) >= this.players) return true;
    return canFill(must, may, this.teams, this.teamSize);
  }

  /** Whether all of these can sit together, perhaps beside empty seats. */
  seat(parties: SizeCounts): boolean {
    return this.fills(parties, [0, this.players]);
  }
}

function sizesUpTo(teamSize: number): number[] {
  return Array.from({ length: teamSize }, (_, index) => index + 1);
}

function playersIn(counts: SizeCounts): number {
  return counts.reduce((sum, count, size) => sum + count * size, 0);
}
