import { Matchmaker, OneVsOne, type Player } from "@evenmatch/core";
import { collect, percentile } from "../figures.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { MAX_GAP } from "./pools.js";
import { arrivals, requests } from "./traces.js";

const PER_MS = 10;
const SEGMENT_MS = 2_000;
const SEGMENTS = 4;
const SEED = 91_733;

/**
 * An open loop of 10,000 joins a second: from the call of `join` to the `match` event, for the tickets whose
 * partner waited already. The load generator ticks each millisecond; how late its bare ticks are, with nothing but
 * the ticks running, is what the machine itself adds, and is the reference.
 */
export const latency: Row = {
  name: "matchmaker.p99",
  unit: "ms",
  goal: { of: "ours", bound: "at most", limit: 1 },
  async measure() {
    const trace = requests(arrivals(PER_MS * SEGMENT_MS * (SEGMENTS + 1), SEED));
    const calledAt = new Map<string, number>();
    const waits: number[] = [];
    const matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: MAX_GAP }) } });
    await matchmaker.start();
    let failure: unknown;
    let warm = false;
    matchmaker.on("match", ({ teams }) => {
      // The partner who came later completed the match.
      let last = 0;
      for (const [ticket] of teams) last = Math.max(last, taken(calledAt, ticket!.players[0]!));
      if (warm) waits.push(performance.now() - last);
    });
    let next = 0;
    const join = (): void => {
      const request = trace[next++]!;
      calledAt.set(request.players[0]!.id, performance.now());
      matchmaker.join("classic", request).catch((error: unknown) => (failure = error));
    };
    const bare: number[] = [];
    const loaded: number[] = [];
    for (let segment = 0; segment <= SEGMENTS; segment++) {
      collect();
      const still = await ticks(SEGMENT_MS / 2, () => {});
      const busy = await ticks(SEGMENT_MS, join);
      if (failure !== undefined) throw failure as Error;
      if (warm) {
        bare.push(...still);
        loaded.push(...busy);
      }
      warm = true;
    }
    await matchmaker.close();
    const under = `p50 ${figure(percentile(waits, 0.5))} ms, p99.9 ${figure(percentile(waits, 0.999))} ms, worst ${figure(Math.max(...waits))} ms of ${figure(waits.length)} matches`;
    const late = `the reference is the p99 lateness of bare timer ticks; under load it is ${figure(percentile(loaded, 0.99))} ms`;
    return { ours: percentile(waits, 0.99), reference: percentile(bare, 0.99), notes: [under, late] };
  },
};

/** Issues {@link PER_MS} calls for each millisecond that has passed, on a timer; returns how late each tick was, in ms. */
function ticks(lastingMs: number, call: () => void): Promise<number[]> {
  return new Promise((resolve) => {
    const lateness: number[] = [];
    const started = performance.now();
    let issued = 0;
    let due = started + 1;
    const tick = (): void => {
      const now = performance.now();
      lateness.push(now - due);
      const owed = Math.min(Math.floor((now - started) * PER_MS), lastingMs * PER_MS);
      for (; issued < owed; issued++) call();
      if (issued === lastingMs * PER_MS) return resolve(lateness);
      due = performance.now() + 1;
      setTimeout(tick, 1);
    };
    setTimeout(tick, 1);
  });
}

function taken(calledAt: Map<string, number>, { id }: Player): number {
  const at = calledAt.get(id);
  if (at === undefined) throw new Error(`${id} was matched twice, or never joined`);
  calledAt.delete(id);
  return at;
}
