import {
  defineLimit,
  MemoryPool,
  Relaxation,
  TeamBalance,
  ticketsOf,
  type Proposal,
  type Ticket,
} from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_AT, newSeed, pools, ticket } from "@evenmatch/testkit";
import { imbalanceOf, playersIn, propose, type Case } from "./every-team.js";

const seed = newSeed() | 0;

describe("TeamBalance", () => {
  const duo = { teams: 2, teamSize: 2, maxRatingSpread: 200 };
  const named = (id: string, ...ratings: number[]): Ticket => ticket({ id, ratings });

  it("balances teams: the best with the weakest", () => {
    const tickets = [named("a", 1_400), named("b", 1_500), named("c", 1_510), named("d", 1_600)];
    const proposals = propose(tickets, { ...duo, now: BUILT_AT });
    expect(teamsOf(proposals)).toEqual(["a+d against b+c"]);
    expect(proposals[0]?.quality).toBeCloseTo(1 - 5 / 200, 9);
  });

  it("keeps friends together, though it splits less evenly", () => {
    const tickets = [named("a", 1_400, 1_420), named("b", 1_500), named("c", 1_510)];
    expect(teamsOf(propose(tickets, { ...duo, now: BUILT_AT }))).toEqual(["a against b+c"]);
  });

  it("forms a match of ratings that cannot be added up, and calls it uneven", () => {
    const tickets = ["a", "b", "c", "d"].map((id) => named(id, Number.MAX_VALUE));
    expect(propose(tickets, { ...duo, now: BUILT_AT }).map(({ quality }) => quality)).toEqual([0]);
  });

  it("lets friends of unlike skill play: their mean counts", () => {
    const tickets = [named("a", 1_000, 2_000), named("b", 1_500), named("c", 1_510)];
    expect(teamsOf(propose(tickets, { ...duo, now: BUILT_AT }))).toEqual(["a against b+c"]);
  });

  it("shares those who are uncertain where that is asked for", () => {
    const sure = (id: string, rating: number, deviation: number): Ticket =>
      ticket({ id, players: [{ id, rating, deviation }] });
    const tickets = [
      sure("a", 1_500, 300),
      sure("b", 1_505, 30),
      sure("c", 1_520, 30),
      sure("d", 1_526, 300),
    ];
    expect(teamsOf(propose(tickets, { ...duo, now: BUILT_AT }))).toEqual(["a+d against b+c"]);
    const weighted = propose(tickets, { ...duo, uncertaintyWeight: 1, now: BUILT_AT });
    expect(teamsOf(weighted)).toEqual(["a+c against b+d"]);
    expect(weighted[0]?.quality).toBeCloseTo(1 - 5.5 / 200, 9);
  });

  it("widens for the group of whoever has waited longest, to the millisecond", () => {
    const found: string[] = [];
    const maxRatingSpread = Relaxation.steps({ from: 50, by: 50, everyMs: 1_000, upTo: 300 });
    const driver = new Driver({
      strategy: new TeamBalance({ teams: 2, teamSize: 1, maxRatingSpread }),
      waveMs: Infinity,
      stopwatch: () => 0,
      onPass: ({ at, proposals }) => found.push(...teamsOf(proposals).map((teams) => `${at}: ${teams}`)),
      onExpire: () => expect.unreachable(),
      onError: (error) => expect.unreachable(error.message),
    });
    driver.gain([], 0);
    driver.joined({ ...named("old", 1_500), joinedAt: 0 }, 0);
    driver.joined({ ...named("far", 1_650), joinedAt: 500 }, 500);
    expect(driver.due).toBe(2_000);
    driver.joined({ ...named("near", 1_400), joinedAt: 700 }, 700);
    expect(driver.due).toBe(1_000);
    driver.left("near", 800);
    driver.advance(2_500);
    expect(found).toEqual(["2000: old against far"]);
    driver.joined({ ...named("last", 1_000), joinedAt: 2_600 }, 2_600);
    expect(driver.due).toBe(Infinity);
  });

  it("seats parties that leave no other way, however many teams there are", () => {
    // Threes only go with threes, and twos with twos: dealt out evenly, the last twos would find no seats.
    const sizes = [...Array.from({ length: 12 }, () => 3), ...Array.from({ length: 18 }, () => 2)];
    const tickets = sizes.map((size, index) =>
      ticket({ ratings: Array.from({ length: size }, (_, place) => 1_500 + ((index * 7 + place * 3) % 50)) }),
    );
    const [proposal] = propose(tickets, { teams: 12, teamSize: 6, maxRatingSpread: 100, now: BUILT_AT });
    expect(proposal?.teams.map(playersIn)).toEqual(Array.from({ length: 12 }, () => 6));
  });

  it("splits large groups, too", () => {
    const tickets = Array.from({ length: 20 }, (_, index) =>
      named(`t${index}`, 1_500 + ((index * 37) % 101)),
    );
    const [proposal] = propose(tickets, { teams: 4, teamSize: 5, maxRatingSpread: 200, now: BUILT_AT });
    expect(proposal?.teams.map(playersIn)).toEqual([5, 5, 5, 5]);
    expect(imbalanceOf(proposal!.teams)).toBeLessThan(1);
  });
});

describe("TeamBalance explains", () => {
  const party = (id: string, size: number, rating = 1_500): Ticket =>
    ticket({ id, ratings: Array.from({ length: size }, () => rating) });
  const explained = (id: string, tickets: readonly Ticket[], { limits, now, ...options }: Case): object => {
    const asked = tickets.find((each) => each.id === id)!;
    return new TeamBalance(options).explain(asked, new MemoryPool(tickets, { limits }), now);
  };
  const fours = { teams: 2, teamSize: 4, maxRatingSpread: 100, now: BUILT_AT };

  it("that players are missing", () => {
    expect(explained("a", [party("a", 2), party("b", 1, 1_900)], fours)).toEqual({
      ticketId: "a",
      nearest: [{ ticketId: "b", ratingGap: 400 }],
      group: ["a", "b"],
      blockedBy: [{ rule: "players", limit: 8, value: 3 }],
      givesWayAt: Infinity,
    });
  });

  it("that there are enough players, and their parties do not add up", () => {
    const tickets = [party("a", 3), party("b", 3), party("c", 2)];
    const blockedBy = (value: number): object => [{ rule: "players", limit: 8, value }];
    expect(explained("a", tickets, fours)).toMatchObject({ group: ["a", "b"], blockedBy: blockedBy(6) });
    expect(explained("c", tickets, fours)).toMatchObject({ group: ["a", "c"], blockedBy: blockedBy(5) });
  });

  it("how wide its nearest group is, and when that is allowed", () => {
    const maxRatingSpread = Relaxation.steps({ from: 100, by: 50, everyMs: 1_000 });
    const tickets = [party("a", 4), party("b", 2, 1_650), party("c", 2, 1_460), party("d", 4, 2_000)];
    expect(explained("b", tickets, { ...fours, maxRatingSpread })).toMatchObject({
      group: ["a", "b", "c"],
      blockedBy: [{ rule: "maxRatingSpread", limit: 100, value: 190 }],
      givesWayAt: BUILT_AT + 2_000,
    });
  });

  const met = (one: string, other: string) =>
    defineLimit({
      rule: `${one}-${other}`,
      between: (left, right) => ![left, right].every(({ id }) => [one, other].includes(id)),
    });
  const solo = (id: string, rating: number): Ticket => ticket({ id, players: [{ id, rating }] });

  it("the group that one rule stands before, though another is narrower", () => {
    const kept = [met("a", "b"), defineLimit({ rule: "nobody likes b", between: (one) => one.id !== "b" })];
    const limits = kept[0]!.together(kept);
    const duel = { teams: 2, teamSize: 1, maxRatingSpread: 50, now: BUILT_AT, limits };
    expect(explained("a", [solo("a", 1_500), solo("b", 1_500), solo("c", 1_600)], duel)).toMatchObject({
      group: ["a", "c"],
      blockedBy: [{ rule: "maxRatingSpread", limit: 50, value: 100 }],
    });
  });

  it("the limit that stands alone, and all rules where none does", () => {
    const kept = [met("a", "b"), met("c", "d")];
    const limits = kept[0]!.together(kept);
    const duel = { teams: 2, teamSize: 1, maxRatingSpread: 50, now: BUILT_AT, limits };
    expect(explained("a", [solo("a", 1_500), solo("b", 1_540)], duel)).toMatchObject({
      group: ["a", "b"],
      blockedBy: [{ rule: "a-b" }],
      givesWayAt: Infinity,
    });
    expect(explained("a", [solo("a", 1_500), solo("b", 1_600)], duel)).toMatchObject({
      blockedBy: [{ rule: "maxRatingSpread", limit: 50, value: 100 }, { rule: "a-b" }],
    });
    const four = [solo("a", 1_500), solo("b", 1_500), solo("c", 1_500), solo("d", 1_500)];
    expect(explained("a", four, { ...duel, teamSize: 2 })).toMatchObject({
      group: ["a", "b", "c", "d"],
      blockedBy: [{ rule: "a-b" }, { rule: "c-d" }],
    });
  });
});

describe("TeamBalance where limits make groups hard to find", () => {
  it("ends, keeps them, and forms what it finds", () => {
    const picky = defineLimit({
      rule: "picky",
      between: (one, other) => (one.rating * 31 + other.rating * 31 + one.rating * other.rating) % 100 < 65,
    });
    const players = fc.integer({ min: 1_000, max: 1_400 }).map((rating) => ({ rating }));
    fc.assert(
      fc.property(pools({ players, maxPartySize: 2, maxTickets: 150 }, 100), (tickets) => {
        const limits = picky.together([picky]);
        const options = { teams: 2, teamSize: 4, maxRatingSpread: 400, now: BUILT_AT + 1_000, limits };
        const proposals = propose(tickets, options);
        expect(proposals.length).toBeGreaterThan(0);
        for (const proposal of proposals) {
          expect(limits.among(ticketsOf(proposal))).toBeLessThan(BUILT_AT);
          expect(proposal.teams.map(playersIn)).toEqual([4, 4]);
        }
      }),
      { numRuns: 5, seed },
    );
  });

  it("fills every match that a crowd of one rating makes, the oldest first", () => {
    const free = defineLimit({ rule: "free", between: () => true });
    const tickets = Array.from({ length: 200 }, (_, place) =>
      ticket({ id: `t${place}`, ratings: [1_500], joinedAt: BUILT_AT + (place % 7) }),
    );
    const options = { teams: 2, teamSize: 2, maxRatingSpread: 100, now: BUILT_AT + 50 };
    const proposals = propose(tickets, { ...options, limits: free.together([free]) });
    expect(teamsOf(proposals)).toEqual(teamsOf(propose(tickets, options)));
    expect(proposals).toHaveLength(50);
  });
});

function teamsOf(proposals: readonly Proposal[]): string[] {
  return proposals.map(({ teams }) =>
    teams.map((team) => team.map(({ id }) => id).join("+")).join(" against "),
  );
}
