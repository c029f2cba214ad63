import type { Millis } from "@evenmatch/core";
import { lightestPerfectMatching } from "../optimum/blossom.js";
import { GraphBuilder } from "../optimum/graph.js";
import type { Play, Rule, Table } from "../rule.js";
import { GRAIN } from "../trace.js";

const EVERY_MS = 7_000;
const PER_MISS = 12;
const MOST_CREDIT = 460;

/**
 * What Lichess does in its pools: a wave every 7 seconds pairs as many as it can, with the least total score. The score
 * of two is their gap less 12 points for each wave that both have missed, and must not exceed 100 points; 130 where
 * the lower rating is below 1000, a fifteenth of it from 1500 on.
 */
export const waves: Rule = { name: "waves", start: (table) => new Waves(table) };

class Waves implements Play {
  #waiting: number[] = [];
  readonly #misses = new Map<number, number>();
  #now: Millis = 0;

  constructor(private readonly table: Table) {}

  get due(): Millis {
    return this.#waiting.length === 0 ? Infinity : (Math.floor(this.#now / EVERY_MS) + 1) * EVERY_MS;
  }

  arrives(who: number, now: Millis): void {
    this.#now = now;
    this.#waiting.push(who);
    this.#misses.set(who, 0);
  }

  wakes(now: Millis): void {
    this.#now = now;
    const left: number[] = [];
    const mates = fewestLeft(this.#waiting.length, (one, other) =>
      this.#score(this.#waiting[one]!, this.#waiting[other]!),
    );
    this.#waiting.forEach((who, place) => {
      const mate = mates[place]!;
      if (mate === place) left.push(who);
      else if (mate > place) this.table.pair(who, this.#waiting[mate]!, now);
    });
    this.#waiting = left;
    for (const who of left) this.#misses.set(who, this.#misses.get(who)! + 1);
  }

  #score(one: number, other: number): number | undefined {
    const { ratings } = this.table.trace;
    const gap = Math.abs(ratings[one]! - ratings[other]!);
    const score = gap - Math.min(this.#credit(one), this.#credit(other));
    return score <= mostFor(Math.min(ratings[one]!, ratings[other]!)) ? score : undefined;
  }

  #credit(who: number): number {
    return Math.min(MOST_CREDIT, PER_MISS * this.#misses.get(who)!);
  }
}

function mostFor(rating: number): number {
  if (rating < 1_000) return 130;
  return rating < 1_500 ? 100 : rating / 15;
}

/** Larger than any difference of scores. */
const LEFT_OUT = 2 ** 32;

/**
 * The mate of each, themselves if they have none: the most pairs, and of those the least total score. Everybody has a
 * double, among whom the same scores hold, and may be paired with it as a last resort: then all are paired, and whoever
 * is paired with their double is left.
 */
export function fewestLeft(
  size: number,
  score: (one: number, other: number) => number | undefined,
): Int32Array {
  const weights = new Map<number, number>();
  const graph = new GraphBuilder(2 * size, (one, other) => {
    return Math.abs(one - other) === size ? LEFT_OUT : weights.get(pairOf(one % size, other % size))!;
  });
  const pairOf = (one: number, other: number): number => Math.min(one, other) * size + Math.max(one, other);
  for (let one = 0; one < size; one++) {
    graph.add(one, size + one);
    for (let other = one + 1; other < size; other++) {
      const points = score(one, other);
      if (points === undefined) continue;
      weights.set(pairOf(one, other), (points + MOST_CREDIT) / GRAIN);
      graph.add(one, other);
      graph.add(size + one, size + other);
    }
  }
  return lightestPerfectMatching(graph.build())
    .mates.slice(0, size)
    .map((mate) => mate % size);
}
