import { describe, expect, it } from "vitest";
import { matchStoreCases } from "../../src/contract/match-store/cases.js";
import { brokenMatchStores } from "../broken/broken-match-stores.js";

describe("a broken match store fails its own case and no other", () => {
  for (const { wrong, caseId, make } of brokenMatchStores) {
    it(`${caseId}: ${wrong}`, async () => {
      const failed: string[] = [];
      for (const one of matchStoreCases) {
        const open = async () => {
          const store = new make();
          return { store: () => store, close: async () => {} };
        };
        await one.run({ name: wrong, patienceMs: 1_000, open }).catch(() => failed.push(one.id));
      }
      expect(failed).toEqual([caseId]);
    });
  }

  it("every case has a store that fails it", () => {
    const found = new Set(brokenMatchStores.map(({ caseId }) => caseId));
    expect(matchStoreCases.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
  });
});
