import { advanceBracket, bracketOf, bracketOrder, ticketsOf, type Bracket, type Team } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newSeed, ticket } from "@evenmatch/testkit";

const seed = newSeed() | 0;
const sizes = [2, 4, 8, 16, 32, 64, 128];

const teamsOf = (players: number): Team[] => Array.from({ length: players }, () => [ticket()]);

/** The seeds that stand in the slots of a round; `undefined` for a bye or a winner who is not known yet. */
function seedsIn(bracket: Bracket, round: number): (number | undefined)[][] {
  return bracket.rounds[round]!.map(({ slots }) =>
    slots.map((slot) => ("seed" in slot ? slot.seed : undefined)),
  );
}

/** Plays every meeting; `wins` says which of two seeds does. Calls `met` with the number of those left in the round. */
function play(
  bracket: Bracket,
  wins: (one: number, other: number) => number,
  met: (one: number, other: number, left: number) => void = () => {},
): Bracket {
  let played = bracket;
  for (let round = 0; round < bracket.rounds.length; round++) {
    seedsIn(played, round).forEach(([one, other], meeting) => {
      if (one === undefined)
        throw new Error("an upper slot is never a bye, and every winner is known by now");
      if (other === undefined) return;
      met(one, other, bracket.size / 2 ** round);
      played = advanceBracket(played, { round, meeting, winner: wins(one, other) });
    });
  }
  return played;
}

describe("bracketOrder", () => {
  it.each(sizes)("gives each of %i seeds a slot, and two that meet sum up to one more", (size) => {
    const order = bracketOrder(size);
    expect([...order].sort((one, other) => one - other)).toEqual(
      Array.from({ length: size }, (_, at) => at + 1),
    );
    for (let slot = 0; slot < size; slot += 2) {
      expect(order[slot]! + order[slot + 1]!).toBe(size + 1);
      expect(order[slot]).toBeLessThan(order[slot + 1]!);
    }
    expect([order[0], order.slice(-2).includes(2)]).toEqual([1, true]);
  });

  it.each(sizes)("keeps the best 2ᵏ of %i apart until only 2ᵏ are left", (size) => {
    const order = bracketOrder(size);
    for (let best = 2; best <= size; best *= 2) {
      // Who may meet before only `best` are left is in the same part of so many slots.
      const parts = Array.from({ length: best }, (_, part) =>
        order.slice((part * size) / best, ((part + 1) * size) / best),
      );
      for (const part of parts) expect(part.filter((each) => each <= best)).toHaveLength(1);
    }
  });

  it("draws the order that everybody knows", () => {
    expect(bracketOrder(2)).toEqual([1, 2]);
    expect(bracketOrder(4)).toEqual([1, 4, 2, 3]);
    expect(bracketOrder(16)).toEqual([1, 16, 8, 9, 5, 12, 4, 13, 3, 14, 6, 11, 7, 10, 2, 15]);
  });

  it.each([0, 1, 3, 12, -2, 2.5, Number.NaN, Infinity, 131_072, "8", undefined])("refuses %s", (size) => {
    expect(() => bracketOrder(size as number)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", received: size }),
    );
  });
});

describe("bracketOf", () => {
  const players = fc.integer({ min: 2, max: 70 });

  it("has every player once, meetings that halve, and byes for the best alone", () => {
    fc.assert(
      fc.property(players, (count) => {
        const teams = teamsOf(count);
        const { size, rounds } = bracketOf({ teams });
        expect(size / 2).toBeLessThan(Math.max(count, 2));
        expect(size).toBeGreaterThanOrEqual(count);
        expect(rounds.map(({ length }) => length)).toEqual(
          Array.from({ length: Math.log2(size) }, (_, round) => size / 2 ** (round + 1)),
        );
        const first = rounds[0]!.flatMap(({ slots }) => slots);
        const seeded = first.filter((slot) => "seed" in slot).sort((one, other) => one.seed - other.seed);
        expect(seeded.map(({ ticketId }) => ticketId)).toEqual(ticketsOf({ teams }).map(({ id }) => id));
        expect(seeded.map(({ playerId }) => playerId)).toEqual(teams.map(([each]) => each!.players[0]!.id));
        const spared = rounds[0]!.filter(({ winner }) => winner !== undefined).map(({ winner }) => winner);
        expect(spared.sort((one, other) => one! - other!)).toEqual(
          Array.from({ length: size - count }, (_, at) => at + 1),
        );
      }),
      { numRuns: 100, seed },
    );
  });

  it("names in every later slot the meeting it waits for, or who is there already", () => {
    fc.assert(
      fc.property(players, (count) => {
        const { rounds } = bracketOf({ teams: teamsOf(count) });
        rounds.slice(1).forEach((meetings, before) => {
          meetings.forEach(({ slots }, place) => {
            slots.forEach((slot, side) => {
              const meeting = 2 * place + side;
              const { winner, slots: earlier } = rounds[before]![meeting]!;
              expect(slot).toEqual(
                winner === undefined ? { winnerOf: { round: before, meeting } } : earlier[0],
              );
            });
          });
        });
      }),
      { numRuns: 60, seed },
    );
  });

  it("can be carried as JSON, and is the same each time", () => {
    const teams = teamsOf(11);
    expect(JSON.parse(JSON.stringify(bracketOf({ teams })))).toEqual(bracketOf({ teams }));
  });

  it.each([
    ["one team", teamsOf(1)],
    ["no team", []],
    ["teams of two", [[ticket(), ticket()], [ticket()]]],
    ["a party", [[ticket({ ratings: [1, 2] })], [ticket()]]],
  ])("refuses %s", (_, teams) => {
    expect(() => bracketOf({ teams })).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
  });
});

describe("advanceBracket", () => {
  it("lets two of the best 2ᵏ meet only when 2ᵏ or fewer are left, while the better seed wins", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 70 }), (count) => {
        const bracket = bracketOf({ teams: teamsOf(count) });
        play(bracket, Math.min, (one, other, left) => {
          expect(one + other).toBe(left + 1);
          if (Math.max(one, other) === 2) expect(left).toBe(2);
        });
      }),
      { numRuns: 60, seed },
    );
  });

  it("comes to one winner, who won every meeting on the way, whoever wins", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.infiniteStream(fc.boolean()), (count, upsets) => {
        const beaten = new Set<number>();
        const played = play(bracketOf({ teams: teamsOf(count) }), (one, other) => {
          expect(beaten).not.toContain(one);
          expect(beaten).not.toContain(other);
          const winner = upsets.next().value ? one : other;
          beaten.add(one + other - winner);
          return winner;
        });
        expect(beaten.size).toBe(count - 1);
        expect(beaten).not.toContain(played.rounds.at(-1)![0]!.winner);
        expect(JSON.parse(JSON.stringify(played))).toEqual(played);
      }),
      { numRuns: 60, seed },
    );
  });

  it("leaves the bracket it was given as it is, and takes a result twice", () => {
    const bracket = bracketOf({ teams: teamsOf(4) });
    const before = structuredClone(bracket);
    const once = advanceBracket(bracket, { round: 0, meeting: 0, winner: 4 });
    expect(bracket).toEqual(before);
    expect(advanceBracket(once, { round: 0, meeting: 0, winner: 4 })).toEqual(once);
    expect(seedsIn(once, 1)).toEqual([[4, undefined]]);
  });

  const five = bracketOf({ teams: teamsOf(5) });
  it.each([
    ["a round that is not there", { round: 3, meeting: 0, winner: 1 }],
    ["a meeting that is not there", { round: 0, meeting: 4, winner: 1 }],
    ["nothing", undefined],
    ["somebody else", { round: 0, meeting: 1, winner: 1 }],
    ["a winner over a bye who is the bye", { round: 0, meeting: 0, winner: 8 }],
    ["a meeting whose players are not known", { round: 1, meeting: 0, winner: 1 }],
  ])("refuses %s", (_, result) => {
    expect(() => advanceBracket(five, result as never)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST" }),
    );
  });

  it("refuses a second winner of a meeting", () => {
    const once = advanceBracket(five, { round: 0, meeting: 1, winner: 5 });
    expect(() => advanceBracket(once, { round: 0, meeting: 1, winner: 4 })).toThrow("Seed 5 has won it");
  });
});
