import { describeContract, type ContractCase, type ContractRunner } from "../contract.js";
import { askCases } from "./asking.js";
import { batchCases } from "./batches.js";
import { changeCases } from "./changes.js";
import { claimCases } from "./claims.js";
import type { TicketStoreCapabilities, TicketStoreHarness } from "./harness.js";
import { capabilityCases, joinCases } from "./joins.js";
import { leaseCases } from "./leases.js";
import { randomCase } from "./random.js";
import { readCases } from "./reading.js";
import { retentionCases } from "./retention.js";
import { spreadCases } from "./spreading.js";
import { tableCases } from "./table.js";

type Case = ContractCase<TicketStoreHarness>;

/** The case that shows what each value of each capability means. */
export const ticketStoreCapabilityCases: {
  readonly [Name in keyof TicketStoreCapabilities]: Readonly<
    Record<`${TicketStoreCapabilities[Name]}`, Case>
  >;
} = capabilityCases;

/** What a ticket store with these capabilities promises. The last case is the random one. */
export function ticketStoreCases({ uniquePer, joinNeedsOwner }: TicketStoreCapabilities): readonly Case[] {
  return [
    ...tableCases,
    ...claimCases,
    ...joinCases,
    capabilityCases.uniquePer[uniquePer],
    capabilityCases.joinNeedsOwner[`${joinNeedsOwner}`],
    ...batchCases,
    ...leaseCases,
    ...changeCases,
    ...spreadCases,
    ...askCases,
    ...readCases,
    ...retentionCases,
    randomCase,
  ];
}

/**
 * Defines the tests that hold a ticket store to its port.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { MemoryTicketStore, systemClock } from "@evenmatch/core";
 * import { describeTicketStore } from "@evenmatch/testkit";
 *
 * const retention = { retainMs: 60_000, dedupeMs: 600_000 };
 *
 * describeTicketStore({ describe, it }, {
 *   name: "MemoryTicketStore",
 *   capabilities: { uniquePer: "queue", joinNeedsOwner: false },
 *   retention,
 *   clock: systemClock(),
 *   async open() {
 *     const store = new MemoryTicketStore(retention);
 *     return { store: () => store, endLease: (lease) => store.endLease(lease), close: async () => {} };
 *   },
 * });
 * ```
 */
export function describeTicketStore(runner: ContractRunner, harness: TicketStoreHarness): void {
  describeContract(runner, "TicketStore", ticketStoreCases(harness.capabilities), harness);
}
