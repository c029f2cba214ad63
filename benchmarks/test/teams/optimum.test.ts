import { ratingOf, type Ticket } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { POINTS_PER_SECOND } from "../../src/quality/outcome.js";
import { populations } from "../../src/quality/populations.js";
import { instancesOf, smallPopulations, smallShapes } from "../../src/teams/exact/instances.js";
import { optimumOf } from "../../src/teams/exact/optimum.js";
import { judged, settings } from "../../src/teams/family.js";
import { play } from "../../src/teams/play.js";
import { costOfOutcome } from "../../src/teams/score.js";
import { shapes, type Shape } from "../../src/teams/shapes.js";
import { teamTraceOf } from "../../src/teams/trace.js";

/** The least cost by the plainest means: every way to give each ticket the number of a match, or none. */
function byBruteForce({ teams, teamSize }: Shape, tickets: readonly Ticket[]): number {
  const range = (some: readonly Ticket[]): number =>
    Math.max(...some.map(ratingOf)) - Math.min(...some.map(ratingOf));
  const price = (some: readonly Ticket[], spread: number, at: number): number =>
    some
      .flatMap(({ players, joinedAt }) => players.map(() => joinedAt))
      .reduce((sum, joinedAt) => sum + spread / 2 + ((at - joinedAt) / 1_000) * POINTS_PER_SECOND, 0);
  const sizeOf = (some: readonly Ticket[]): number => some.reduce((sum, one) => sum + one.players.length, 0);
  /** Whether the first team can be filled by some of these, and the others by whoever remains. */
  const fills = (some: readonly Ticket[], left: number): boolean => {
    if (left === 0) return some.length === 0;
    for (let team = 1; team < 2 ** some.length; team++) {
      const first = some.filter((_, place) => (team >> place) & 1);
      const rest = some.filter((_, place) => !((team >> place) & 1));
      if (sizeOf(first) === teamSize && fills(rest, left - 1)) return true;
    }
    return false;
  };
  let least = Infinity;
  const end = tickets.at(-1)!.joinedAt;
  const deal = (next: number, matches: readonly (readonly Ticket[])[], stranded: readonly Ticket[]): void => {
    const ticket = tickets[next];
    if (ticket) {
      deal(next + 1, matches, [...stranded, ticket]);
      deal(next + 1, [...matches, [ticket]], stranded);
      matches.forEach((match, place) => {
        if (sizeOf(match) < teams * teamSize)
          deal(next + 1, matches.with(place, [...match, ticket]), stranded);
      });
      return;
    }
    if (!matches.every((match) => sizeOf(match) === teams * teamSize && fills(match, teams))) return;
    const cost = matches.reduce(
      (sum, match) => sum + price(match, range(match), match.at(-1)!.joinedAt),
      price(stranded, range(tickets), end),
    );
    least = Math.min(least, cost);
  };
  deal(0, [], []);
  return least;
}

describe("the optimum of a small trace", () => {
  it.each([...shapes, { name: "3x2-parties", teams: 3, teamSize: 2, sizes: [60, 40] }])(
    "is what brute force finds, for $name",
    (shape) => {
      let matched = 0;
      for (let seed = 1; seed <= 12; seed++) {
        const { tickets } = teamTraceOf(populations[seed % 3]!, shape, seed, 5 + (seed % 4));
        const least = byBruteForce(shape, tickets);
        expect(optimumOf(shape, tickets)).toBeCloseTo(least, 6);
        const nobody = { matches: [], endedAt: 0, leftOver: 0, unmatched: tickets };
        if (least < costOfOutcome(nobody, { population: "", shape, seed, tickets })) matched++;
      }
      // Ten players are more than eight tickets of one each.
      expect(matched > 3).toBe(shape.name !== "2x5");
    },
  );

  it("fills two teams of five from the first ten or the last ten", () => {
    const shape = shapes.find(({ name }) => name === "2x5")!;
    const ticket = (place: number, rating: number): Ticket => ({
      id: String(place),
      queue: "",
      region: "",
      players: [{ id: String(place), rating }],
      joinedAt: place * 1_000,
    });
    const tickets = Array.from({ length: 11 }, (_, place) => ticket(place, place === 4 ? 9_000 : 1_500));
    // The odd one out is stranded for six seconds, and plays with everybody there ever was.
    const waits = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10].reduce((sum, at) => sum + 10 - at, 0);
    expect(optimumOf(shape, tickets)).toBe(waits * POINTS_PER_SECOND + 7_500 / 2 + 60);
  });

  it("refuses what it has no memory for", () => {
    const { tickets } = teamTraceOf(populations[0]!, shapes[0]!, 1, 21);
    expect(() => optimumOf(shapes[0]!, tickets)).toThrow("21 tickets are too many");
  });

  it.each(smallShapes)("is not above what any setting comes to, for $name", (shape) => {
    const { trace, before } = instancesOf(smallPopulations[1]!, shape, 3, 1)[0]!;
    const least = optimumOf(shape, trace.tickets);
    for (const { create, name } of settings)
      expect(
        costOfOutcome(play(create(shape), trace, name === judged.name ? before : []), trace),
      ).toBeGreaterThanOrEqual(least - 1e-6);
  });
});
