/** Parties by size: how many there are of 1, 2, … players (index = size). */
export type SizeCounts = readonly number[];

/** Shapes of teams with more ways to fill them are asked one by one: enough for 2 × 10, 3 × 7, 5 × 5 or 8 × 4. */
const MOST = 1_024;

/**
 * All ways to fill the teams of a match, as counts of parties by size: two teams of five are filled by ten single
 * players, by two fives, by 4 + 3 + 2 + 1, … in 27 ways in all.
 *
 * 1. Teams are filled one after the other: each way to fill those before is joined with each way to fill one.
 * 2. For each size and count, a set of bits says which ways have at least so many parties of the size, and another
 *    which have at most so many. What a way is asked for is then a few sets with their intersection.
 *
 * Cost: O(ways × sizes ÷ 32) for a question.
 */
export class Fillings {
  readonly #words: number;
  /** Of each size a row for each count, of so many words. */
  readonly #atLeast: Int32Array;
  readonly #atMost: Int32Array;
  /** Counts above this are as good as it. */
  readonly #top: number;

  private constructor(
    ways: readonly SizeCounts[],
    private readonly teamSize: number,
    players: number,
  ) {
    this.#words = Math.ceil(ways.length / 32);
    this.#top = players + 1;
    const rows = (teamSize + 1) * (this.#top + 1) * this.#words;
    this.#atLeast = new Int32Array(rows);
    this.#atMost = new Int32Array(rows);
    for (const [way, counts] of ways.entries()) {
      for (let size = 1; size <= teamSize; size++) {
        for (let count = 0; count <= this.#top; count++) {
          const word = this.#row(size, count) + (way >>> 5);
          if (counts[size]! >= count) this.#atLeast[word]! |= 1 << way;
          if (counts[size]! <= count) this.#atMost[word]! |= 1 << way;
        }
      }
    }
  }

  /** `undefined` where there are too many to keep. */
  static of(teams: number, teamSize: number): Fillings | undefined {
    const one = waysToFill(teamSize);
    let ways: SizeCounts[] = [Array.from({ length: teamSize + 1 }, () => 0)];
    for (let team = 0; team < teams; team++) {
      const longer = new Map<string, SizeCounts>();
      for (const before of ways) {
        for (const counts of one) {
          const sum = before.map((count, size) => count + counts[size]!);
          longer.set(sum.join(), sum);
        }
        if (longer.size > MOST) return undefined;
      }
      ways = [...longer.values()];
    }
    return new Fillings(ways, teamSize, teams * teamSize);
  }

  /** Whether there is one with all of `must` and any of `may`. */
  has(must: SizeCounts, may: SizeCounts): boolean {
    for (let word = 0; word < this.#words; word++) {
      let left = -1;
      for (let size = 1; size <= this.teamSize && left !== 0; size++) {
        const least = must[size] ?? 0;
        left &=
          this.#atLeast[this.#row(size, least) + word]! &
          this.#atMost[this.#row(size, least + (may[size] ?? 0)) + word]!;
      }
      if (left !== 0) return true;
    }
    return false;
  }

  #row(size: number, count: number): number {
    return (size * (this.#top + 1) + Math.min(count, this.#top)) * this.#words;
  }
}

/** The ways to fill one team, by size: the partitions of a number. */
function waysToFill(seats: number, largest = seats, length = seats + 1): number[][] {
  if (seats === 0) return [Array.from({ length }, () => 0)];
  const ways: number[][] = [];
  for (let size = Math.min(largest, seats); size > 0; size--) {
    for (const rest of waysToFill(seats - size, size, length)) {
      rest[size]!++;
      ways.push(rest);
    }
  }
  return ways;
}
