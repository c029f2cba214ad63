import { type Pool, type Proposal, type Strategy, type Team } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { heard, solo, teamsOf, world } from "./world.js";

/** Pairs the two oldest, and fills the same arrays at each pass. */
class Thrifty implements Strategy {
  readonly #teams: [Team[number][], Team[number][]] = [[], []];
  readonly #proposals: Proposal[] = [];

  propose(pool: Pool): Proposal[] {
    this.#proposals.length = 0;
    const [one, other] = pool;
    if (one && other) {
      this.#teams[0][0] = one;
      this.#teams[1][0] = other;
      this.#proposals.push({ teams: this.#teams, quality: 1 });
    }
    return this.#proposals;
  }

  nextChange(): number {
    return Infinity;
  }
}

describe("a strategy that fills the same arrays at each pass", () => {
  it("has all that it proposed matched", async () => {
    const { matchmaker, clock, problems } = await world({ queues: { thrift: new Thrifty() } });
    const all = Promise.all(["ann", "bob", "cid", "dee"].map((id) => matchmaker.find("thrift", solo(id))));
    await clock.settle();
    const pairs = (await all).map((match) => teamsOf(match).flat().join(" "));
    expect(pairs).toEqual(["ann bob", "ann bob", "cid dee", "cid dee"]);
    expect(problems).toEqual([]);
  });

  it("keeps the ready checks of its matches apart", async () => {
    const queues = { thrift: { strategy: new Thrifty(), acceptance: { timeoutMs: 10_000 } } };
    const { matchmaker, clock } = await world({ queues });
    const settled = heard(matchmaker, "match.settled");
    for (const id of ["ann", "bob", "cid", "dee"]) await matchmaker.join("thrift", solo(id));
    await clock.settle();
    for (const id of ["ann", "bob", "cid", "dee"]) {
      const { matchId } = (await matchmaker.ticketOf(id, { queue: "thrift" }))!;
      expect(await matchmaker.accept(matchId!, id)).toBe("recorded");
    }
    await clock.settle();
    expect(settled.map(({ match }) => teamsOf(match).flat())).toEqual([
      ["ann", "bob"],
      ["cid", "dee"],
    ]);
  });
});

it("a proposal that can be read once is a proposal", async () => {
  const once = {
    propose: (pool: Pool): Proposal[] => {
      const [one, other] = pool;
      if (!one || !other) return [];
      let isRead = false;
      const proposal = {
        quality: 1,
        get teams() {
          if (isRead) throw new Error("read twice");
          isRead = true;
          return [[one], [other]];
        },
      };
      return [proposal];
    },
    nextChange: () => Infinity,
  };
  const { matchmaker, clock, problems } = await world({ queues: { once } });
  const found = Promise.all([matchmaker.find("once", solo("ann")), matchmaker.find("once", solo("bob"))]);
  await clock.settle();
  expect((await found).map((match) => teamsOf(match).flat())).toEqual([
    ["ann", "bob"],
    ["ann", "bob"],
  ]);
  expect(problems).toEqual([]);
});
