import { createRequire } from "node:module";
import { expect, it } from "vitest";
import type { ConsumerLike, FetchStarted } from "../../src/connection/driver.js";
import { leavingOf } from "../../src/connection/leaving.js";

/** Of the driver's fetches what its consumers use. */
interface FetchManager {
  start(): Promise<void>;
  stop(): Promise<void>;
}

const load = createRequire(import.meta.url);
const createFetchManager = load("kafkajs/src/consumer/fetchManager.js") as (parts: object) => FetchManager;

const logger = { namespace: () => logger, debug: () => {}, info: () => {} };

/** Lets all promises that are settled have their say. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A consumer of two brokers, with the driver's own fetches and nothing else of it: each ends when it is told to. */
function consuming() {
  let nodes = [1, 2];
  let isRunning = true;
  let turns = 0;
  const open = new Map<number, () => void>();
  const listeners: ((started: FetchStarted) => void)[] = [];
  const manager = createFetchManager({
    logger,
    getNodeIds: () => nodes,
    handler: () => Promise.resolve(),
    concurrency: 1,
    // What the driver's runner does, but that it would turn for ever.
    fetch: async (nodeId: number) => {
      if (!isRunning) {
        if (++turns > 1_000) throw new Error("turns for ever");
        return [];
      }
      for (const listener of listeners) listener({ payload: { nodeId } });
      await new Promise<void>((resolve) => open.set(nodeId, resolve));
      return [];
    },
  });
  const on = (event: string, listener: (started: FetchStarted) => void): unknown =>
    event === "consumer.fetch_start" && listeners.push(listener);
  const disconnect = (): Promise<void> => {
    isRunning = false;
    return manager.stop();
  };
  const consumer = { on, disconnect } as unknown as ConsumerLike;
  const end = async (...ended: number[]): Promise<void> => {
    for (const nodeId of ended) open.get(nodeId)?.();
    await turn();
  };
  return { consumer, manager, end, exchange: (others: number[]) => (nodes = others) };
}

it.each([
  ["kafkajs turns for ever", (consumer: ConsumerLike) => () => consumer.disconnect(), "turns for ever"],
  ["a reader does not", leavingOf, undefined],
])("where a consumer is stopped while its brokers change, %s", async (_, leaving, failure) => {
  const { consumer, manager, end, exchange } = consuming();
  const leave = leaving(consumer);
  const over = manager.start().then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  await turn();
  exchange([1, 3]);
  // The first has noticed, and the driver waits for the second.
  await end(1);
  const left = leave();
  await end(2);
  await end(1, 3);
  await left;
  expect(await over).toBe(failure);
});
