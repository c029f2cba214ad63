import { systemClock } from "@evenmatch/core";
import type { Brokers } from "@evenmatch/services";
import { describeTicketStore } from "@evenmatch/testkit";
import { describe, it } from "vitest";
import { REGIONS, ticketStoreSubject } from "./subject.js";

const retention = { retainMs: 60_000, dedupeMs: 600_000 };

/** Holds the store on these brokers to its port. */
export function describeOn(where: string, runs: number, brokers: () => Promise<Brokers>): void {
  const options = { ...retention, regions: REGIONS, partitions: { duel: REGIONS.length } };
  describe(`on ${where}`, () => {
    describeTicketStore(
      { describe, it: (name, run) => it(name, run, 120_000) },
      {
        name: "KafkaTicketStore",
        capabilities: { uniquePer: "pool", joinNeedsOwner: true },
        retention,
        clock: systemClock(),
        patienceMs: 30_000,
        random: { runs, shrinks: false },
        open: async () => ticketStoreSubject(await brokers(), options),
      },
    );
  });
}
