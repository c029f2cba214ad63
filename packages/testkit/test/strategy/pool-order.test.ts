import { byAge, MemoryPool, ratingOf, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { newSeed, ticket } from "@evenmatch/testkit";

const seed = newSeed() | 0;

function byRating(one: Ticket, other: Ticket): number {
  return ratingOf(one) - ratingOf(other) || byAge(one, other);
}

function ascending(pool: MemoryPool): Ticket[] {
  const found: Ticket[] = [];
  for (const walk = pool.ascend(); walk.next();) {
    expect(Object.is(walk.rating, walk.ticket.players[0]!.rating)).toBe(true);
    found.push(walk.ticket);
  }
  return found;
}

// Ratings that computers have trouble with lie beside usual ones, close together and far apart.
const ratings = fc.array(
  fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ min: 1_000, max: 2_000, noNaN: true }),
    fc.constantFrom(0, -0, 5e-324, -5e-324, 1e-308, 1e300, -1e300, Number.MAX_VALUE, -Number.MAX_VALUE),
  ),
  { maxLength: 300, size: "max" },
);

it("has a filled pool in the order of ratings, equal ones by age, as comparing two tickets has it", () => {
  fc.assert(
    fc.property(ratings, fc.array(fc.nat(5), { minLength: 1 }), (given, ages) => {
      const tickets = given.map((rating, place) => ticket({ rating, joinedAt: ages[place % ages.length]! }));
      // Added one by one in no order of age, and read for the first time when all are there.
      const pool = new MemoryPool();
      for (const each of tickets) pool.add(each);
      expect(ascending(pool)).toEqual([...tickets].sort(byRating));
      const ids = [...pool].map(({ id }) => id);
      expect(ids).toEqual([...new MemoryPool(tickets)].map(({ id }) => id));
    }),
    { seed, numRuns: 200 },
  );
});
