import { systemClock } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { describeTicketStore, ticketStoreCases } from "../../src/contract/ticket-store/cases.js";
import type { TicketStoreHarness } from "../../src/contract/ticket-store/harness.js";
import { brokenCalls } from "../broken/broken-calls.js";
import { brokenLives } from "../broken/broken-life.js";
import { brokenOwning } from "../broken/broken-owning.js";
import { OpenTicketStore } from "../broken/open-ticket-store.js";

const capabilities = { uniquePer: "queue", joinNeedsOwner: false } as const;
const all = [...brokenLives, ...brokenCalls, ...brokenOwning];
const cases = ticketStoreCases(capabilities).filter(({ id }) => id !== "random");

function harnessOf(make: new () => OpenTicketStore, patienceMs: number): TicketStoreHarness {
  return {
    name: make.name,
    capabilities,
    retention: { retainMs: 60_000, dedupeMs: 600_000 },
    clock: systemClock(),
    patienceMs,
    // The random case stands apart: a net finds what it finds, and other cases' mistakes, too.
    random: { runs: 60, seed: 20_260_000 },
    async open() {
      const store = new make();
      return { store: () => store, endLease: (lease) => store.endLease(lease), close: async () => {} };
    },
  };
}

describeTicketStore({ describe, it }, harnessOf(OpenTicketStore, 10_000));

describe("a broken ticket store fails its own case and no other", () => {
  for (const { wrong, caseId, make } of all) {
    it(`${caseId}: ${wrong}`, async () => {
      const failed: string[] = [];
      for (const one of cases) await one.run(harnessOf(make, 150)).catch(() => failed.push(one.id));
      expect(failed).toEqual([caseId]);
    });
  }

  it("every case has a store that fails it", () => {
    const found = new Set(all.map(({ caseId }) => caseId));
    expect(cases.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
  });
});
