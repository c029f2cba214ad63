import { ManualClock } from "@evenmatch/testkit";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Reader } from "../../src/connection/reader.js";

const warnings: Error[] = [];
const note = (warning: Error): unknown => warnings.push(warning);
beforeEach(() => void process.on("warning", note));
afterEach(() => void process.off("warning", note));

it("a reader that begins anew again and again keeps nothing of its attempts", async () => {
  const clock = new ManualClock();
  // Nobody listens on this port.
  const retry = { retries: 0 };
  const kafka = new Kafka({ brokers: ["127.0.0.1:1"], logLevel: logLevel.NOTHING, retry });
  let attempts = 0;
  const opening = Reader.open({
    kafka,
    topics: ["t"],
    settings: () => ({ groupId: `g${++attempts}`, retry }),
    clock,
    timeoutMs: 10_000,
    onJoined: () => {},
    onBatch: () => Promise.resolve(),
    onFailure: () => {},
  }).catch((error: unknown) => error);
  while (attempts < 20) {
    await clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await clock.advance(20_000);
  expect(await opening).toMatchObject({ code: "STORE_UNAVAILABLE" });
  expect(warnings.map(({ name }) => name)).toEqual([]);
});

it.each([
  ["one broker at once", [1], 0],
  ["several brokers when it begins the next fetch", [1, 2], 1],
])("a reader leaves a consumer of %s", async (_, nodes, fetches) => {
  const listeners = new Map<string, (told: never) => void>();
  const tell = (event: string, payload: object): void => listeners.get(event)?.({ payload } as never);
  const calls: string[] = [];
  const consumer = {
    connect: () => Promise.resolve(),
    subscribe: () => Promise.resolve(),
    run: () => {
      tell("consumer.group_join", { memberAssignment: {} });
      return Promise.resolve();
    },
    disconnect: () => Promise.resolve(void calls.push("disconnect")),
    on: (event: string, listener: (told: never) => void) => {
      const before = listeners.get(event);
      listeners.set(event, (told) => {
        before?.(told);
        listener(told);
      });
      return () => {};
    },
  };
  const reader = await Reader.open({
    kafka: { consumer: () => consumer } as never,
    topics: ["t"],
    settings: { groupId: "g" },
    clock: new ManualClock(),
    timeoutMs: 10_000,
    onJoined: () => {},
    onBatch: () => Promise.resolve(),
    onFailure: () => {},
  });
  const fetch = (): void => {
    for (const nodeId of nodes) tell("consumer.fetch_start", { nodeId });
  };
  fetch();
  const closing = reader.close();
  await new Promise((resolve) => setImmediate(resolve));
  for (let count = 0; count < fetches; count++) {
    expect(calls).toEqual([]);
    fetch();
  }
  await closing;
  expect(calls[0]).toBe("disconnect");
});
