import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { kafkaClient, startKafka, type KafkaServer } from "@evenmatch/services";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { atOnce, fault, refused, worksAgain } from "./row.js";
import { World } from "./world.js";

let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka();
});
afterAll(() => server.stop());

/** One whose driver does not try for long by itself. */
function client(): ReturnType<typeof kafkaClient> {
  const retry = { retries: 2, maxRetryTime: 100 };
  return kafkaClient(server, { requestTimeout: 1_000, connectionTimeout: 500, retry });
}
const timeoutMs = 1_500;

fault("the broker is not there at the start", async (row) => {
  await using world = await World.open(server);
  await server.shutdown();
  const calls = world.calls(client(), { timeoutMs });
  await atOnce(calls, (one) => refused(row, one));
  await server.start();
  await atOnce(calls, worksAgain);
});

fault("the broker is killed, and comes back", async (row) => {
  await using world = await World.open(server);
  const calls = world.calls(client(), { timeoutMs });
  await atOnce(calls, worksAgain);
  await server.kill();
  await atOnce(calls, (one) => refused(row, one));
  await server.start();
  await atOnce(calls, worksAgain);
});

fault("the broker is killed while players wait for a match", async () => {
  await using world = await World.open(server, { isRun: false });
  const tickets = world.store({}, client());
  const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
  const matchmaker = new Matchmaker({ queues, tickets });
  await matchmaker.start();
  const find = (id: string) => matchmaker.find("duel", { players: [{ id, rating: 1500 }] });
  const ann = find("ann");
  await vi.waitUntil(() => matchmaker.ticketOf("ann", { queue: "duel" }), { timeout: 20_000 });
  await server.kill();
  await server.start();
  const bob = find("bob");
  expect((await ann).id).toBe((await bob).id);
  await matchmaker.close();
});

fault("the broker is frozen", async (row) => {
  await using world = await World.open(server);
  const calls = world.calls(client(), { timeoutMs });
  await atOnce(calls, worksAgain);
  server.pause();
  await atOnce(calls, (one) => refused(row, one));
  server.resume();
  await atOnce(calls, worksAgain);
});
