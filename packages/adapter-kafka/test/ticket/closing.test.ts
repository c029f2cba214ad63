import { kafkaClient, startKafka, type KafkaServer } from "@evenmatch/services";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { aTicket, join, NOON, World } from "../faults/world.js";

vi.setConfig({ testTimeout: 60_000 });

let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
});
afterAll(() => server.stop());

async function tookToClose(isAsking: boolean): Promise<number> {
  await using world = await World.open(server, { isRun: false });
  const store = world.store({}, kafkaClient(server));
  world.run(store, "duel");
  await store.submit([join(aTicket())], { now: NOON });
  server.pause();
  if (isAsking) store.submit([join(aTicket())], { now: NOON }).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  const started = performance.now();
  await store.close();
  const took = performance.now() - started;
  server.resume();
  return took;
}

it.each([
  ["nothing is asked", false],
  ["somebody asks", true],
])("closes although the broker is frozen, while %s", async (_, isAsking) => {
  const took = await tookToClose(isAsking);
  expect(took).toBeLessThan(15_000);
});
