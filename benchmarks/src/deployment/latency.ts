import { median, percentile } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import type { Ask, Times } from "./node.js";
import type { Engine, EngineServer, Place } from "./engine.js";
import { Nodes, serveNode } from "./nodes.js";

const PER_MS = 1;
const SEGMENT_MS = 4_000;
const SEGMENTS = 5;
/** Segments that are not counted: compilers of all processes, and of a server in Java, have come to rest after them. */
const WARM = 5;
const POOLS = 4;
const RINGS = 300;
/** What is under way at the end of a segment has so long to come, in ms. */
const REST_MS = 1_000;

/**
 * From the call of `join` in one process to hearing of the match in another, at 1,000 joins a second in an open loop:
 * one API process joins, two workers run two pools each, another API process listens to all matches. The whole stack is
 * on the engine. Counted is from the later of a match's joins. The reference is what the driver takes from writing
 * something in one process until the other is told, one after the other and with nothing else to do; in both the p99,
 * and of that the median of several segments.
 *
 * @param limit in ms
 */
export function latency(bench: string, engine: Engine, limit: number): Row {
  const name = "latency";
  return {
    name,
    unit: "ms",
    goal: { of: "ours", bound: "at most", limit },
    measure: () => engine.onServer((server) => measure({ bench, row: name }, server)),
    serve: serveNode(engine),
  };
}

async function measure(place: Place, server: EngineServer): Promise<Measurement> {
  const segments = await play(place, server, POOLS);
  const p = (share: number, which: keyof Segment): number =>
    median(segments.map((segment) => percentile(segment[which], share)));
  const counted = segments.reduce((sum, { there }) => sum + there.length, 0);
  return {
    ours: p(0.99, "there"),
    reference: p(0.99, "bare"),
    notes: [
      `${figure(counted)} matches in ${SEGMENTS} segments; p50 ${figure(p(0.5, "there"))} ms, p90 ${figure(p(0.9, "there"))} ms, p99 of the segments ${segments.map(({ there }) => figure(percentile(there, 0.99))).join(", ")} ms`,
      `in the process that joined, by its match event: p50 ${figure(p(0.5, "here"))} ms, p99 ${figure(p(0.99, "here"))} ms`,
      `the bare round trip: p50 ${figure(p(0.5, "bare"))} ms, p99 ${figure(p(0.99, "bare"))} ms`,
      await server.describe(),
    ],
  };
}

/** How long matches and bare rings of a segment took, in ms: heard of there, and in the process that joined. */
export interface Segment {
  readonly there: readonly number[];
  readonly here: readonly number[];
  readonly bare: readonly number[];
}

/** Plays the segments with so many pools, which two workers share. */
export async function play(place: Place, server: EngineServer, pools: number): Promise<readonly Segment[]> {
  const nodes = new Nodes(place, server, { api: 2, workers: 2 });
  const [joins, hears] = nodes.api as [(typeof nodes.api)[0], (typeof nodes.api)[0]];
  await hears.ask({ type: "listen" } satisfies Ask);
  const join = async (lastingMs: number): Promise<void> => {
    await joins.ask({ type: "join", perMs: PER_MS, lastingMs, regions: pools } satisfies Ask);
  };
  const rest = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, REST_MS));
  await join(SEGMENT_MS / 4);
  await nodes.spread(pools / nodes.workers.length);
  for (let segment = 0; segment < WARM; segment++) await join(SEGMENT_MS);
  const segments: Segment[] = [];
  for (let segment = 0; segment < SEGMENTS; segment++) {
    await rest();
    await nodes.times(0);
    await nodes.times(1);
    await joins.ask({ type: "ring", count: RINGS } satisfies Ask);
    await join(SEGMENT_MS);
    await rest();
    const [of, at] = [await nodes.times(0), await nodes.times(1)];
    segments.push({ there: waits(of, at.heard), here: waits(of, of.told), bare: rings(of, at) });
  }
  await nodes.close();
  return segments;
}

/** From the later call of each match to when it was heard of. */
export function waits({ called }: Times, heard: ReadonlyMap<string, number>): number[] {
  const latest = new Map<number, number>();
  // Both players of a match were heard of at one moment, which no other match shares.
  for (const [player, at] of heard) {
    const from = called.get(player);
    if (from !== undefined) latest.set(at, Math.max(latest.get(at) ?? 0, from));
  }
  if (latest.size < called.size / 4) throw new Error("most of those who join are matched");
  return Array.from(latest, ([at, from]) => at - from);
}

function rings({ sent }: Times, { received }: Times): number[] {
  return Array.from(sent, ([id, from]) => {
    const at = received.get(id);
    if (at === undefined) throw new Error("a bare notification was lost");
    return at - from;
  });
}
