import { ratingOf, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BUILT_AT,
  changes,
  parties,
  player,
  players,
  pools,
  ratings,
  ticket,
  tickets,
} from "@evenmatch/testkit";

const sampled = { numRuns: 300, seed: 7 };

describe("builders", () => {
  it("fill in what a test does not care about", () => {
    expect(player({ rating: 1_200 }).rating).toBe(1_200);
    expect(player().id).toMatch(/^player-/);
    const built = ticket({ ratings: [1_400, 1_600], region: "us" });
    expect(built).toMatchObject({ queue: "classic", region: "us", joinedAt: BUILT_AT });
    expect(ratingOf(built)).toBe(1_500);
    expect(built.id).toMatch(/^classic\.us\./);
    expect(ticket().id < ticket().id).toBe(true);
    expect(ticket({ id: "mine", players: [player({ id: "ann" })] })).toMatchObject({
      id: "mine",
      players: [{ id: "ann" }],
    });
  });
});

describe("generated pools", () => {
  const all = fc.sample(pools({ maxPartySize: 3 }), sampled);

  it("hold unlike tickets and unlike players", () => {
    for (const pool of all) {
      const ids = pool.flatMap(({ id, players }) => [id, ...players.map((each) => each.id)]);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it("reach the corners: empty pools, parties, ties of rating and of age, gaps of exactly 50, ids against age", () => {
    const some = (property: (pool: Ticket[]) => boolean): number => all.filter(property).length;
    const pairs = (pool: Ticket[], holds: (one: Ticket, other: Ticket) => boolean): boolean =>
      pool.some((one) => pool.some((other) => one !== other && holds(one, other)));
    const singles = (one: Ticket, other: Ticket): boolean => one.players.length + other.players.length === 2;
    expect(some((pool) => pool.length === 0)).toBeGreaterThan(0);
    expect(some((pool) => pool.length >= 10)).toBeGreaterThan(30);
    expect(some((pool) => pool.some((each) => each.players.length === 3))).toBeGreaterThan(30);
    expect(some((pool) => pairs(pool, (one, other) => ratingOf(one) === ratingOf(other)))).toBeGreaterThan(
      30,
    );
    expect(some((pool) => pairs(pool, (one, other) => one.joinedAt === other.joinedAt))).toBeGreaterThan(30);
    expect(
      some((pool) =>
        pairs(pool, (one, other) => singles(one, other) && ratingOf(one) - ratingOf(other) === 50),
      ),
    ).toBeGreaterThan(30);
    expect(
      some((pool) => pairs(pool, (one, other) => one.joinedAt < other.joinedAt && one.id > other.id)),
    ).toBeGreaterThan(30);
  });

  it("keep to what is asked of them", () => {
    const withRole = fc.record({
      rating: ratings(),
      attributes: fc.record({ role: fc.constantFrom("tank", "healer") }),
    });
    const options = {
      players: withRole,
      pool: { queue: "q", region: "us" },
      from: 10,
      withinMs: 5,
      maxTickets: 4,
    };
    for (const pool of fc.sample(pools(options), sampled)) {
      expect(pool.length).toBeLessThanOrEqual(4);
      for (const each of pool) {
        expect(each).toMatchObject({ queue: "q", region: "us" });
        expect(["tank", "healer"]).toContain(each.players[0]?.attributes?.["role"]);
        expect(each.joinedAt - 10).toBeLessThanOrEqual(5);
        expect(each.joinedAt).toBeGreaterThanOrEqual(10);
      }
    }
    for (const each of fc.sample(tickets(), sampled)) expect(each.players).toHaveLength(1);
    for (const party of fc.sample(parties({ maxPartySize: 4 }), sampled))
      expect(party.length).toBeLessThanOrEqual(4);
    for (const each of fc.sample(players(), sampled)) expect(Number.isFinite(each.rating)).toBe(true);
  });
});

describe("generated changes", () => {
  it("come in the order of time, often several at one instant, and speak of tickets that joined", () => {
    const kinds = new Map<string, number>();
    let together = 0;
    for (const sequence of fc.sample(changes(), sampled)) {
      const joined = new Set<string>();
      let at = BUILT_AT;
      for (const change of sequence) {
        kinds.set(change.type, (kinds.get(change.type) ?? 0) + 1);
        expect(change.at).toBeGreaterThanOrEqual(at);
        if (change.at === at) together++;
        at = change.at;
        if (change.type === "joined") {
          expect(change.ticket.joinedAt).toBe(at);
          joined.add(change.ticket.id);
        } else if (change.type === "left") expect(joined).toContain(change.ticketId);
      }
    }
    expect([...kinds.keys()].sort()).toEqual(["joined", "left", "passed", "refused"]);
    expect(Math.min(...kinds.values(), together)).toBeGreaterThan(200);
  });
});
