import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { consoleConsumer } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import type { EachMessagePayload } from "kafkajs";
import { expect, it, onTestFinished, vi } from "vitest";
import { OWNER } from "../../src/connection/settings.js";
import { ticketStoreSubject, type Subject } from "./subject.js";

const PAIRS = 5;
/** The key of the last record. */
const END = "end";

/** How many records our driver reads up to the first one with this key. */
async function countTo(end: string, topic: string, { kafka, prefix }: Subject): Promise<number> {
  const consumer = kafka.consumer({ groupId: `${prefix}-counting` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let count = 0;
  const counted = new Promise<void>((resolve, reject) => {
    const eachMessage = ({ message }: EachMessagePayload): Promise<void> => {
      count++;
      if (String(message.key) === end) resolve();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await counted;
  await consumer.disconnect();
  return count;
}

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
  const last = await producer.transaction();
  await last.send({ topic, messages: [{ key: END, value: "{}", partition: 0 }] });
  await last.commit();
  await producer.disconnect();

  // So that nobody has to guess from a silence that there is no more.
  const count = await countTo(END, topic, subject);
  const states = new Map([...found].map((id): [string, unknown[]] => [id, []]));
  for (const { key, value } of await consoleConsumer(sharedKafka(), topic, { count })) {
    if (!key?.startsWith("match:")) continue;
    const id = key.slice("match:".length);
    expect(found).toContain(id);
    states.get(id)!.push((JSON.parse(value!) as { state: unknown }).state);
  }
  for (const seen of states.values()) expect(seen).toEqual(["settled", "delivered"]);
});
