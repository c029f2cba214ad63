import { median } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import type { Ask } from "./node.js";
import type { Engine, EngineServer, Place } from "./engine.js";
import { Nodes, serveNode } from "./nodes.js";

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

/**
 * What a deployment does with four workers, beside what it does with one. Each is pressed by joins as fast as matches
 * come back, eight pools in all; the machine's cores are the same for one worker and for four.
 */
export function workers(bench: string, engine: Engine): readonly Row[] {
  const row = (
    name: string,
    figureOf: (window: Window) => number,
  ): Pick<Row, "name" | "measure" | "serve"> => ({
    name,
    measure: () => engine.onServer((server) => compare({ bench, row: name }, engine, server, figureOf)),
    serve: serveNode(engine),
  });
  return [
    {
      // Of the workers, the API process that joins, and the server.
      ...row("workers.cpu", (window) => window.api + window.workers + window.server),
      unit: "ms/1,000 matches",
      goal: { of: "ratio", bound: "at most", limit: 1.25 },
    },
    {
      ...row("workers.throughput", ({ perSecond }) => perSecond),
      unit: "matches/s",
      goal: { of: "ratio", bound: "at least", limit: 0.8 },
    },
  ];
}

async function compare(
  place: Place,
  { title }: Engine,
  server: EngineServer,
  figureOf: (window: Window) => number,
): Promise<Measurement> {
  const [few, many]: [Window[], Window[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    few.push(await press(place, server, 1));
    many.push(await press(place, server, MANY));
  }
  const of = (windows: readonly Window[], one: (window: Window) => number): number =>
    median(windows.map(one));
  const told = (windows: readonly Window[]): string =>
    `${figure(of(windows, ({ perSecond }) => perSecond))} matches/s; CPU for 1,000 of them: workers ${figure(of(windows, (one) => one.workers))} ms, API process ${figure(of(windows, (one) => one.api))} ms, ${title} ${figure(of(windows, (one) => one.server))} ms`;
  return {
    ours: of(many, figureOf),
    reference: of(few, figureOf),
    notes: [`one worker: ${told(few)}`, `four workers: ${told(many)}`, await server.describe()],
  };
}

async function press(place: Place, server: EngineServer, count: number): Promise<Window> {
  await server.rest();
  const nodes = new Nodes(place, server, { api: 1, workers: count });
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
