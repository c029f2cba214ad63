import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { KafkaTicketStore } from "../../src/index.js";
import { running } from "./running.js";
import { ticketStoreSubject } from "./subject.js";
import { tampered } from "./tampered.js";

vi.setConfig({ testTimeout: 60_000 });

const REGIONS = ["eu", "us"];
const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };

async function play() {
  const subject = await ticketStoreSubject(sharedKafka(), { regions: REGIONS, partitions: { duel: 2 } });
  onTestFinished(() => subject.close());
  const { kafka, does, open } = tampered(kafkaClient(sharedKafka()));
  const store = new KafkaTicketStore(kafka, { prefix: subject.prefix, regions: REGIONS });
  onTestFinished(() => store.close());
  return { subject, store, does, open };
}

it("runs a pool that comes back while its last transaction there has still no answer", async () => {
  const { subject, store, does } = await play();
  const first = new Matchmaker({ queues, tickets: store });
  onTestFinished(() => first.close());
  await first.start();
  const api = new Matchmaker({ queues, tickets: subject.store() });
  onTestFinished(() => api.close());
  const find = (region: string, id: string) => api.find("duel", { region, players: [{ id, rating: 1500 }] });
  for (const region of REGIONS) await Promise.all([find(region, "ann"), find(region, "bob")]);
  // Answers to commits do not come, one for each partition.
  const unheard = new Map<string, () => void>();
  does.commit = async (work, id) => {
    await work();
    if (unheard.has(id)) return;
    await new Promise((_, reject) => unheard.set(id, () => reject(new Error("Closed connection"))));
  };
  const waiting = REGIONS.map((region) => find(region, "cleo"));
  await vi.waitUntil(() => unheard.size === 2, { timeout: 10_000 });
  does.commit = undefined;
  // Another worker comes and goes: a partition leaves, and is back.
  let gained = 0;
  first.on("pool.gained", () => gained++);
  const other = running(subject.store());
  await vi.waitUntil(() => REGIONS.some((region) => other.lease(region)), { timeout: 10_000 });
  await other.stop();
  await vi.waitUntil(() => gained > 0, { timeout: 10_000 });
  for (const give of unheard.values()) give();
  const all = Promise.all([...waiting, ...REGIONS.map((region) => find(region, "dan"))]);
  expect(await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 8_000))])).toHaveLength(4);
});
