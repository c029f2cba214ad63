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
    random: { runs: 60, seed: 20_260_000, shrinks: false },
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

/**
 * The random case is judged apart: it is a net under the others, so it finds what other cases are there to find, and
 * a bug that one case meets on purpose it may never meet by chance.
 */
describe("the random case", () => {
  /** What it misses needs several regions or connections, odd texts and numbers, or years. */
  const CAUGHT = [
    "answers a mixed batch kind by kind",
    "checks only the first player of a party",
    "counts who waits once for a whole batch",
    "delivers what is not settled",
    "does not end who is dropped",
    "does not know a delivered match again",
    "does not tell that a match of an earlier owner was released",
    "forgets answers when a pool changes hands",
    "forgets heartbeats when a pool changes hands",
    "forgets settled matches when a pool changes hands",
    "forgets the request of a ticket with heartbeats when that has ended",
    "gives a released ticket a new place",
    "ignores heartbeats",
    "lets a settled player leave",
    "lets the later answer count",
    "releases although settled",
    "releases as unanswered what everyone has accepted",
    "releases only what was claimed by an earlier batch",
    "settles what was released",
    "takes a claimed ticket for ended",
    "takes a ticket that is sent again later for another one",
    "takes another assignment for a settled match",
    "takes what is left of larger matches, and says they are gone",
  ];
  const random = ticketStoreCases(capabilities).find(({ id }) => id === "random");

  it("catches what goes wrong in the life of a ticket", async () => {
    const caught: string[] = [];
    for (const { wrong, make } of all)
      await random?.run(harnessOf(make, 150)).catch(() => caught.push(wrong));
    expect(caught.sort()).toEqual([...CAUGHT].sort());
  });
});
