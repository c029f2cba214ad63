import { describeContract, type ContractCase, type ContractRunner } from "../contract.js";
import { claimCases } from "./claims.js";
import type { TicketStoreHarness } from "./harness.js";
import { tableCases } from "./table.js";

/** What every ticket store promises. */
export const ticketStoreCases: readonly ContractCase<TicketStoreHarness>[] = [...tableCases, ...claimCases];

export function describeTicketStore(runner: ContractRunner, harness: TicketStoreHarness): void {
  describeContract(runner, "TicketStore", ticketStoreCases, harness);
}
