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
