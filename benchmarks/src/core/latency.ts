import { Matchmaker, OneVsOne, type Match } from "@evenmatch/core";
import { median, percentile, settle } from "../figures.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { ticks } from "../ticks.js";
import { MAX_GAP } from "./strategies.js";
import { arrivals, requests } from "./traces.js";

const PER_MS = 10;
const SEGMENT_MS = 2_000;
const SEGMENTS = 6;
const SEED = 91_733;

/**
 * An open loop of 10,000 joins a second: from the call of `join` to the `match` event, for the tickets whose
 * partner waited already; the median of the p99 of several segments. The load generator ticks each millisecond, and
 * before each segment it ticks for nothing: how late those bare ticks are is what the machine itself adds, and is
 * the reference.
 */
export const latency: Row = {
  name: "matchmaker.p99",
  unit: "ms",
  goal: { of: "ours", bound: "at most", limit: 1 },
  async measure() {
    const load = new Load();
    await load.start();
    const ours: Float64Array[] = [];
    const bare: number[] = [];
    const loaded: number[] = [];
    // The first segment warms up.
    for (let segment = 0; segment <= SEGMENTS; segment++) {
      await settle();
      const still = await ticks(PER_MS, SEGMENT_MS / 2, () => {});
      const busy = await ticks(PER_MS, SEGMENT_MS, () => load.join());
      const waits = load.takeWaits();
      if (segment === 0) continue;
      ours.push(waits);
      bare.push(percentile(still, 0.99));
      loaded.push(percentile(busy, 0.99));
    }
    await load.close();
    const of = (share: number): string => figure(median(ours.map((waits) => percentile(waits, share))));
    const counted = ours.reduce((sum, { length }) => sum + length, 0);
    return {
      ours: median(ours.map((waits) => percentile(waits, 0.99))),
      reference: median(bare),
      notes: [
        `${figure(counted)} matches in ${SEGMENTS} segments; p50 ${of(0.5)} ms, p99.9 ${of(0.999)} ms, worst ${of(1)} ms of a segment`,
        `the reference is the p99 lateness of bare timer ticks; under load it is ${figure(median(loaded))} ms`,
      ],
    };
  },
};

/** Joins one by one, and times each match from the call of its later partner. */
class Load {
  readonly #trace = requests(arrivals(PER_MS * SEGMENT_MS * (SEGMENTS + 1), SEED));
  readonly #calledAt = new Map<string, number>();
  readonly #matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: MAX_GAP }) } });
  #waits: number[] = [];
  #next = 0;
  #failure: unknown;

  async start(): Promise<void> {
    this.#matchmaker.on("match", (match) => this.#matched(match));
    this.#matchmaker.on("error", ({ data }) => (this.#failure ??= data.error));
    await this.#matchmaker.start();
  }

  join(): void {
    const request = this.#trace[this.#next++]!;
    this.#calledAt.set(request.players[0]!.id, performance.now());
    this.#matchmaker.join("classic", request).catch((error: unknown) => (this.#failure ??= error));
  }

  /** What was timed since the last time. Throws when anything failed. */
  takeWaits(): Float64Array {
    if (this.#failure !== undefined) throw this.#failure as Error;
    const waits = Float64Array.from(this.#waits);
    this.#waits = [];
    return waits;
  }

  close(): Promise<void> {
    return this.#matchmaker.close();
  }

  #matched({ teams }: Match): void {
    const now = performance.now();
    let last = 0;
    for (const [ticket] of teams) {
      const { id } = ticket!.players[0]!;
      const at = this.#calledAt.get(id);
      if (at === undefined) throw new Error(`${id} was matched twice, or never joined`);
      this.#calledAt.delete(id);
      last = Math.max(last, at);
    }
    this.#waits.push(now - last);
  }
}
