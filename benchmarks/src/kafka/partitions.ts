import { play } from "../deployment/latency.js";
import { serveNode } from "../deployment/nodes.js";
import { median, percentile } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { engineOf } from "./engine.js";

/** Partitions of each of the two workers. */
const EACH = [1, 4, 16] as const;
const WORKERS = 2;

/**
 * The latency of the row of that name by how many partitions each worker has: ours with the most, the reference with one.
 * The joins are as many, so each transaction holds less.
 */
export function partitions(bench: string): Row {
  const name = "partitions";
  return {
    name,
    unit: "ms",
    goal: undefined,
    longest: 15,
    measure: () => measure(bench, name),
    serve: async (argument) => serveNode(engineOf(WORKERS * EACH.at(-1)!))(argument),
  };
}

async function measure(bench: string, row: string): Promise<Measurement> {
  const notes: string[] = [];
  const p99: number[] = [];
  for (const each of EACH) {
    const pools = WORKERS * each;
    await engineOf(pools).onServer(async (server) => {
      const segments = await play({ bench, row }, server, pools);
      const p = (share: number): number => median(segments.map(({ there }) => percentile(there, share)));
      p99.push(p(0.99));
      notes.push(
        `${each} of each worker: p50 ${figure(p(0.5))} ms, p90 ${figure(p(0.9))} ms, p99 ${figure(p(0.99))} ms`,
      );
      if (each === EACH.at(-1)) notes.push(await server.describe());
    });
  }
  return { ours: p99.at(-1)!, reference: p99[0]!, notes };
}
