import { Matchmaker, OneVsOne, type JoinRequest } from "@evenmatch/core";
import { collect, mean, turn } from "../figures.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { playerId, regions, seeded, shuffled } from "./traces.js";

/** Hash tables double, so a single size may be a lucky one: measured is a whole doubling, in these steps. */
const FIRST = 200_000;
const STEPS = 8;
const STEP = FIRST / STEPS;
const BURST = 1_000;
const SEED = 60_013;

/**
 * Heap and buffers a waiting ticket takes beyond the caller's own request, which stays alive throughout and is
 * measured before. The reference is that request: what the caller holds anyway.
 */
export const memory: Row = {
  name: "memory",
  unit: "bytes/ticket",
  goal: { of: "ours", bound: "at most", limit: 600 },
  async measure() {
    const empty = used();
    const trace = lonely(2 * FIRST);
    const own = used() - empty;
    const matchmaker = new Matchmaker({
      queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 1 }), maxWaiting: 2 * FIRST } },
    });
    await matchmaker.start();
    const before = used();
    const perTicket: number[] = [];
    for (let next = 0; next < trace.length;) {
      const batch = trace.slice(next, next + BURST);
      await Promise.all(batch.map((request) => matchmaker.join("classic", request)));
      next += batch.length;
      if (next < FIRST || next % STEP !== 0) continue;
      await turn();
      if (matchmaker.health().waiting !== next) throw new Error("everyone who joined waits");
      perTicket.push((used() - before) / next);
    }
    const spread = `from ${figure(Math.min(...perTicket))} to ${figure(Math.max(...perTicket))} bytes at ${figure(FIRST)} to ${figure(2 * FIRST)} waiting`;
    // Kept alive until here, and so never part of the difference.
    const reference = own / trace.length;
    await matchmaker.close();
    return { ours: mean(perTicket), reference, notes: [spread] };
  },
};

/** Requests of players of six regions who are all too far apart to meet. */
function lonely(count: number): JoinRequest[] {
  const chance = seeded(SEED);
  return Array.from(shuffled(count, SEED), (place, index) => ({
    region: regions[Math.floor(chance() * regions.length)]!,
    players: [{ id: playerId(index), rating: place * 10 + 0.5 }],
  }));
}

/** Bytes in use after a collection, outside the heap too, so that typed arrays count. */
function used(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
