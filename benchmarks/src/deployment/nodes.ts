import { Peer, answer } from "../peer.js";
import { Node, type Ask, type Stand, type Start, type Times } from "./node.js";
import type { Engine, EngineServer, Place } from "./engine.js";

/** How long processes may take until all of them are where they should be, in ms. */
const PATIENCE = 120_000;

/** Serves a row as one of its processes. */
export const serveNode =
  (engine: Engine) =>
  async (argument: string): Promise<void> => {
    const start = JSON.parse(argument) as Start;
    const node = new Node(engine, start);
    await node.start(start.role);
    answer((ask) => node.answer(ask as Ask));
  };

/** Real processes of one deployment, on one server. */
export class Nodes {
  readonly api: readonly Peer<unknown>[];
  readonly #workers: Peer<unknown>[];
  readonly #start: (role: Start["role"]) => Peer<unknown>;

  constructor(
    { bench, row }: Place,
    { url }: EngineServer,
    { api, workers }: { api: number; workers: number },
  ) {
    this.#start = (role) => new Peer(bench, row, JSON.stringify({ role, url } satisfies Start));
    this.api = Array.from({ length: api }, () => this.#start("api"));
    this.#workers = Array.from({ length: workers }, () => this.#start("worker"));
  }

  get workers(): readonly Peer<unknown>[] {
    return this.#workers;
  }

  /** Starts one more worker. */
  hire(): Peer<unknown> {
    const worker = this.#start("worker");
    this.#workers.push(worker);
    return worker;
  }

  /** Has the worker that came last hand over what it runs, and end. */
  async dismiss(): Promise<void> {
    const worker = this.#workers.pop()!;
    await worker.ask({ type: "close" });
    await worker.close();
  }

  /** Resolves when each worker runs so many pools. */
  async spread(pools: number): Promise<void> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const stands = await Promise.all(this.workers.map((worker) => worker.ask<Stand>({ type: "stand" })));
      if (stands.every((stand) => stand.pools === pools)) return;
      if (Date.now() > end)
        throw new Error(`pools are spread unevenly: ${stands.map((stand) => stand.pools).join(", ")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** CPU of all processes but the server, in ms: those of the API and the workers. */
  async stand(): Promise<{ matches: number; api: number; workers: number }> {
    const all = (peers: readonly Peer<unknown>[]): Promise<Stand[]> =>
      Promise.all(peers.map((peer) => peer.ask<Stand>({ type: "stand" })));
    const [api, workers] = await Promise.all([all(this.api), all(this.workers)]);
    const sum = (stands: readonly Stand[], of: (stand: Stand) => number): number =>
      stands.reduce((total, stand) => total + of(stand), 0);
    return {
      matches: sum(api, ({ matches }) => matches),
      api: sum(api, ({ cpu }) => cpu),
      workers: sum(workers, ({ cpu }) => cpu),
    };
  }

  async times(index: number): Promise<Times> {
    return this.api[index]!.ask<Times>({ type: "times" });
  }

  async close(): Promise<void> {
    for (const peer of [...this.api, ...this.workers]) {
      await peer.ask({ type: "close" });
      await peer.close();
    }
  }
}
