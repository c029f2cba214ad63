import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { consoleConsumer } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { OWNER } from "../../src/connection/settings.js";
import { ticketStoreSubject } from "./subject.js";

const PAIRS = 5;

it("is seen by Kafka's own console consumer with each match settled once, and nothing that was not committed", async () => {
  const subject = await ticketStoreSubject(sharedKafka());
  const matchmaker = new Matchmaker({
    queues: { duel: new OneVsOne({ maxRatingGap: 100 }) },
    tickets: subject.store(),
  });
  onTestFinished(() => subject.close());
  await matchmaker.start();
  const find = (id: string) => matchmaker.find("duel", { region: "eu", players: [{ id, rating: 1500 }] });
  const found = new Set<string>();
  for (let pair = 0; pair < PAIRS; pair++) {
    const [match] = await Promise.all([find(`ann ${pair}`), find(`bob ${pair}`)]);
    found.add(match.id);
  }
  const isOver = async (matchId: string): Promise<boolean> => {
    const [match] = await subject.store().read([{ type: "match", matchId }], {});
    return match?.state === "delivered";
  };
  for (const id of found) await vi.waitUntil(() => isOver(id), { timeout: 10_000 });
  await matchmaker.close();

  // Somebody who takes the partition over, and dies before he commits.
  const topic = subject.names.log("duel");
  const transactionalId = subject.names.transactions("duel", 0);
  const producer = subject.kafka.producer({ ...OWNER, transactionalId });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ key: "match:duel.eu.never", value: "{}", partition: 0 }] });
  await transaction.abort();
  await producer.disconnect();

  const states = new Map([...found].map((id): [string, unknown[]] => [id, []]));
  for (const { key, value } of await consoleConsumer(sharedKafka(), topic)) {
    if (!key?.startsWith("match:")) continue;
    const id = key.slice("match:".length);
    expect(found).toContain(id);
    states.get(id)!.push((JSON.parse(value!) as { state: unknown }).state);
  }
  for (const seen of states.values()) expect(seen).toEqual(["settled", "delivered"]);
});
