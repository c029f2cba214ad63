import { systemClock } from "@evenmatch/core";
import { startKafka, type Brokers } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { describeTicketStore } from "@evenmatch/testkit";
import { afterAll, describe, it } from "vitest";
import { REGIONS, ticketStoreSubject } from "./subject.js";

const server = sharedKafka();
const retention = { retainMs: 60_000, dedupeMs: 600_000 };

function describeOn(where: string, runs: number, brokers: () => Promise<Brokers>): void {
  const options = { ...retention, regions: REGIONS, partitions: { duel: REGIONS.length } };
  describe(`on ${where}`, () => {
    describeTicketStore(
      { describe, it: (name, run) => it(name, run, 60_000) },
      {
        name: "KafkaTicketStore",
        capabilities: { uniquePer: "pool", joinNeedsOwner: true },
        retention,
        clock: systemClock(),
        random: { runs, shrinks: false },
        open: async () => ticketStoreSubject(await brokers(), options),
      },
    );
  });
}

describeOn(`Kafka ${server.version}`, 5, () => Promise.resolve(server));

let starting: ReturnType<typeof startKafka> | undefined;
afterAll(async () => (await starting)?.stop());
describeOn("Kafka 4.1", 2, () => (starting ??= startKafka({ flavour: "newest" })));
