import { kafkaClient, startKafka, type KafkaServer } from "@evenmatch/services";
import { afterAll, beforeAll, it, onTestFinished } from "vitest";
import { aTicket, join, NOON, World } from "../faults/world.js";

// The driver alone would have it wait for minutes.
let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
});
afterAll(() => server.stop());

it.each([
  ["nothing is asked", false],
  ["somebody asks", true],
])("closes although the broker is frozen, while %s", async (_, isAsking) => {
  await using world = await World.open(server, { isRun: false });
  const store = world.store({}, kafkaClient(server));
  world.run(store, "duel");
  await store.submit([join(aTicket())], { now: NOON });
  server.pause();
  onTestFinished(() => server.resume());
  if (isAsking) store.submit([join(aTicket())], { now: NOON }).catch(() => {});
  await store.close();
  server.resume();
});
