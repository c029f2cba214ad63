import { byAge, Fifo, MemoryPool, ticketsOf, type Proposal, type Ticket } from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_AT, newSeed, pools, ticket } from "@evenmatch/testkit";

const seed = newSeed() | 0;

/** Whether these parties fill the teams exactly: every way to deal them is tried. */
function fills(sizes: readonly number[], room: readonly number[]): boolean {
  const [size, ...others] = sizes;
  if (size === undefined) return room.every((left) => left === 0);
  return room.some((left, team) => left >= size && fills(others, room.with(team, left - size)));
}

/** All groups that fill the teams, as places in the order of age; the first in the order of age comes first. */
function groups(tickets: readonly Ticket[], teams: number, teamSize: number): number[][] {
  const room = Array.from({ length: teams }, () => teamSize);
  const found: number[][] = [];
  for (let subset = 1; subset < 2 ** tickets.length; subset++) {
    const places = tickets.map((_, place) => place).filter((place) => subset & (1 << place));
    const sizes = places.map((place) => tickets[place]!.players.length);
    if (sizes.reduce((sum, size) => sum + size, 0) === teams * teamSize && fills(sizes, room))
      found.push(places);
  }
  return found.sort((one, other) => {
    const differs = one.findIndex((place, index) => place !== other[index]);
    return differs < 0 ? 0 : one[differs]! - other[differs]!;
  });
}

/** The rule by brute force: the first group in the order of age, again and again. */
function reference(tickets: readonly Ticket[], teams: number, teamSize: number): string[][] {
  const waiting = [...tickets].sort(byAge);
  const matches: string[][] = [];
  for (;;) {
    const [first] = groups(waiting, teams, teamSize);
    if (!first) return matches;
    matches.push(first.map((place) => waiting[place]!.id));
    for (const place of first.toReversed()) waiting.splice(place, 1);
  }
}

function idsOf(proposals: readonly Proposal[]): string[][] {
  return proposals.map((proposal) =>
    ticketsOf(proposal)
      .sort(byAge)
      .map(({ id }) => id),
  );
}

describe("Fifo against every group there is", () => {
  it.each([
    [2, 1],
    [2, 2],
    [1, 3],
    [3, 2],
    [2, 3],
    [2, 4],
  ])("takes the first in the order of age for %i × %i", (teams, teamSize) => {
    fc.assert(
      fc.property(pools({ maxPartySize: teamSize, maxTickets: 9 }), (tickets) => {
        const proposals = new Fifo({ teams, teamSize }).propose(new MemoryPool(tickets), BUILT_AT);
        expect(idsOf(proposals)).toEqual(reference(tickets, teams, teamSize));
      }),
      { numRuns: 60, seed },
    );
  });
});

describe("Fifo", () => {
  const party = (id: string, size: number, joinedAt = BUILT_AT): Ticket =>
    ticket({ id, joinedAt, ratings: Array.from({ length: size }, () => 1_500) });

  it("passes over who does not fit, and takes them as soon as they do", () => {
    const pool = new MemoryPool([party("a1", 1), party("b3", 3), party("c2", 2), party("d1", 1)]);
    const strategy = new Fifo({ teams: 2, teamSize: 3 });
    // 1 + 2 against 3 fits; of the singles the older plays.
    expect(idsOf(strategy.propose(pool, BUILT_AT))).toEqual([["a1", "b3", "c2"]]);
  });

  it("breaks ties of age by id", () => {
    const tickets = ["c", "a", "d", "b"].map((id) => party(id, 1));
    expect(idsOf(new Fifo().propose(new MemoryPool(tickets), BUILT_AT))).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  it("keeps the place of tickets that come back", () => {
    const matches: string[][] = [];
    const driver = new Driver({
      strategy: new Fifo(),
      waveMs: Infinity,
      stopwatch: () => 0,
      onPass: ({ proposals }) => matches.push(...idsOf(proposals)),
      onExpire: () => expect.unreachable(),
      onError: (error) => expect.unreachable(error.message),
    });
    const [old, next, young] = [party("z", 1, 1), party("b", 1, 2), party("a", 1, 3)] as const;
    driver.gain([{ ticket: old, seenAt: 1 }], 1);
    driver.joined(next, 2);
    driver.joined(young, 3);
    driver.gaveBack([old], 4);
    expect(matches).toEqual([
      ["z", "b"],
      ["z", "a"],
    ]);
  });

  it("answers a pool that can fill nothing without looking through it", () => {
    let looked = 0;
    class Counting extends MemoryPool {
      override *[Symbol.iterator](): Iterator<Ticket> {
        looked++;
        yield* { [Symbol.iterator]: () => super[Symbol.iterator]() };
      }
    }
    const pool = new Counting(Array.from({ length: 50 }, (_, index) => party(`t${index}`, 2)));
    expect(new Fifo({ teams: 2, teamSize: 3 }).propose(pool, BUILT_AT)).toEqual([]);
    expect(looked).toBe(0);
  });
});
