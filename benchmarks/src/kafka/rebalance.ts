import type { EngineServer, Place } from "../deployment/engine.js";
import { waits } from "../deployment/latency.js";
import type { Ask } from "../deployment/node.js";
import { Nodes, serveNode } from "../deployment/nodes.js";
import { median, percentile } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { engineOf } from "./engine.js";

const POOLS = 8;
const ROUNDS = 3;
/** Joins in a millisecond: few, so that nobody waits for anybody else. */
const PER_MS = 0.2;
const WINDOW_MS = 12_000;
const WHEN_MS = 2_000;
/** What is under way at the end of a window has so long to come, in ms. */
const REST_MS = 4_000;

/**
 * For how long matching pauses when a worker comes: the longest that a match took, from the later of its joins until
 * another process heard of it, while a second worker came and took half of the pools. The reference is the longest while
 * nobody came. Both at 200 joins a second; the notes say what it is when that worker leaves again in good order.
 */
export function rebalance(bench: string): Row {
  const name = "rebalance";
  const engine = engineOf(POOLS);
  return {
    name,
    unit: "ms",
    goal: undefined,
    measure: () => engine.onServer((server) => measure({ bench, row: name }, server)),
    serve: serveNode(engine),
  };
}

async function measure(place: Place, server: EngineServer): Promise<Measurement> {
  const nodes = new Nodes(place, server, { api: 2, workers: 1 });
  await nodes.api[1]!.ask({ type: "listen" } satisfies Ask);
  await join(nodes, WINDOW_MS / 4);
  await nodes.spread(POOLS);
  const [usual, comes, leaves]: [number[][], number[][], number[][]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    usual.push(await window(nodes));
    comes.push(await window(nodes, async () => void nodes.hire()));
    await nodes.spread(POOLS / 2);
    leaves.push(await window(nodes, () => nodes.dismiss()));
    await nodes.spread(POOLS);
  }
  await nodes.close();
  const longest = (windows: readonly number[][]): number => median(windows.map((all) => Math.max(...all)));
  const told = (windows: readonly number[][]): string =>
    `longest ${windows.map((all) => figure(Math.max(...all))).join(", ")} ms, p99 ${figure(median(windows.map((all) => percentile(all, 0.99))))} ms, p50 ${figure(median(windows.map((all) => percentile(all, 0.5))))} ms`;
  return {
    ours: longest(comes),
    reference: longest(usual),
    notes: [
      `nobody comes: ${told(usual)}`,
      `a worker comes: ${told(comes)}`,
      `a worker leaves in good order: ${told(leaves)}`,
      await server.describe(),
    ],
  };
}

/** How long the matches of a window took, in which something happens. */
async function window(nodes: Nodes, happens: () => Promise<void> = async () => {}): Promise<number[]> {
  await nodes.times(0);
  await nodes.times(1);
  const joined = join(nodes, WINDOW_MS);
  await new Promise((resolve) => setTimeout(resolve, WHEN_MS));
  await happens();
  await joined;
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const [of, at] = [await nodes.times(0), await nodes.times(1)];
  return waits(of, at.heard);
}

async function join(nodes: Nodes, lastingMs: number): Promise<void> {
  await nodes.api[0]!.ask({ type: "join", perMs: PER_MS, lastingMs, regions: POOLS } satisfies Ask);
}
