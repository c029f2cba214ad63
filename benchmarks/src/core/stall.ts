import { median, settle, stopwatch, turn } from "../figures.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { Crowd } from "./crowd.js";
import { shuffled } from "./traces.js";

const SIZE = 1_000_000;
const BURST = 100;
const SEED = 4_177;

/**
 * The longest turn of the event loop while a pool grows to a million tickets, a hundred joins a turn. The reference
 * is a bare `Map` that grows to the same size with an object for each: what the language itself stalls.
 */
export const stall: Row = {
  name: "growth.stall",
  unit: "ms",
  goal: undefined,
  async measure() {
    const bare = await growMap();
    await settle();
    const crowd = new Crowd();
    await crowd.start();
    const turns = await crowd.grow(SIZE, SEED);
    const usual = `the median turn of 100 joins takes ${figure(median(turns))} ms, ${turns.filter((ms) => ms > 50).length} of ${figure(turns.length)} take longer than 50 ms`;
    return { ours: longest(turns), reference: longest(bare), notes: [usual] };
  },
};

async function growMap(): Promise<number[]> {
  const map = new Map<string, { readonly id: string; readonly rating: number }>();
  const order = shuffled(SIZE, SEED);
  const turns: number[] = [];
  for (let next = 0; next < SIZE;) {
    const elapsed = stopwatch();
    for (const end = next + BURST; next < end; next++) {
      const id = `crowd-${next}`;
      map.set(id, { id, rating: order[next]! });
    }
    await turn();
    turns.push(elapsed());
  }
  return turns;
}

function longest(turns: readonly number[]): number {
  return turns.reduce((most, ms) => Math.max(most, ms), 0);
}
