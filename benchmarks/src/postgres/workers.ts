import { median } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import type { Ask } from "./node.js";
import { Nodes, serveNode } from "./nodes.js";
import { onServer, type BenchServer } from "./server.js";

const MANY = 4;
const POOLS = 8;
const ROUNDS = 3;
const UNMATCHED = 2_000;
const WARM_MS = 3_000;
const WINDOW_MS = 8_000;

/** What a deployment did in a window; CPU in ms for each thousand matches. */
interface Window {
  readonly perSecond: number;
  readonly api: number;
  readonly workers: number;
  readonly server: number;
}

const NAMES = { cpu: "workers.cpu", throughput: "workers.throughput" } as const;

/**
 * CPU that a match costs with four workers, beside what it costs with one: of the workers, the API process that joins,
 * and the server. Each deployment is pressed by joins as fast as matches come back, eight pools in all; the machine's
 * cores are the same for one worker and for four.
 */
const cpu: Row = {
  name: NAMES.cpu,
  unit: "ms/1,000 matches",
  goal: { of: "ratio", bound: "at most", limit: 1.25 },
  measure: () =>
    onServer((server) => compare(server, NAMES.cpu, ({ api, workers, server: its }) => api + workers + its)),
  serve: serveNode,
};

/** Matches a second of the same. */
const throughput: Row = {
  name: NAMES.throughput,
  unit: "matches/s",
  goal: { of: "ratio", bound: "at least", limit: 0.8 },
  measure: () => onServer((server) => compare(server, NAMES.throughput, ({ perSecond }) => perSecond)),
  serve: serveNode,
};

export const workers: readonly Row[] = [cpu, throughput];

async function compare(
  server: BenchServer,
  row: string,
  figureOf: (window: Window) => number,
): Promise<Measurement> {
  const [few, many]: [Window[], Window[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(await press(server, row, 1));
    many.push(await press(server, row, MANY));
  }
  const of = (windows: readonly Window[], one: (window: Window) => number): number =>
    median(windows.map(one));
  const told = (windows: readonly Window[]): string =>
    `${figure(of(windows, ({ perSecond }) => perSecond))} matches/s; CPU for 1,000 of them: workers ${figure(of(windows, (one) => one.workers))} ms, API process ${figure(of(windows, (one) => one.api))} ms, Postgres ${figure(of(windows, (one) => one.server))} ms`;
  return {
    ours: of(many, figureOf),
    reference: of(few, figureOf),
    notes: [`one worker: ${told(few)}`, `four workers: ${told(many)}`, await server.describe()],
  };
}

async function press(server: BenchServer, row: string, count: number): Promise<Window> {
  await server.rest();
  const nodes = new Nodes(row, server, { api: 1, workers: count });
  await nodes.api[0]!.ask({ type: "press", unmatched: UNMATCHED, regions: POOLS } satisfies Ask);
  await nodes.spread(POOLS / count);
  await new Promise((resolve) => setTimeout(resolve, WARM_MS));
  const [before, cpuBefore, started] = [await nodes.stand(), await server.cpu(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
  const [after, cpuAfter, ended] = [await nodes.stand(), await server.cpu(), performance.now()];
  await nodes.close();
  const matches = after.matches - before.matches;
  const per = (value: number): number => (1_000 * value) / matches;
  return {
    perSecond: per(matches) * (matches / (ended - started)),
    api: per(after.api - before.api),
    workers: per(after.workers - before.workers),
    server: per(cpuAfter - cpuBefore),
  };
}
