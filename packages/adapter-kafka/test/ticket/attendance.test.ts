import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it } from "vitest";
import { KafkaTicketStore } from "../../src/ticket/ticket-store.js";
import { ticketStoreSubject } from "./subject.js";

it("takes few connections to find out that nobody runs a queue, however many ask", async () => {
  const subject = await ticketStoreSubject(sharedKafka());
  const kafka = kafkaClient(sharedKafka());
  const admin = kafka.admin.bind(kafka);
  let connections = 0;
  kafka.admin = (settings) => {
    connections++;
    return admin(settings);
  };
  const store = new KafkaTicketStore(kafka, { prefix: subject.prefix });
  const pool = { queue: "duel", region: "eu" };
  const asked = Array.from({ length: 60 }, () => store.ask(pool, { type: "estimate", rating: 1_500 }, {}));
  for (const one of await Promise.allSettled(asked))
    expect(one).toMatchObject({ status: "rejected", reason: { code: "NO_OWNER" } });
  // Each who asks may come upon a look that has just ended; with a look for each they would be 60.
  expect(connections).toBeLessThan(30);
  await store.close();
  await subject.close();
});
