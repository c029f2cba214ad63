import {
  blockList,
  byAge,
  MemoryPool,
  OneVsOne,
  ratingOf,
  ticketsOf,
  type Limits,
  type Proposal,
  type Ticket,
} from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockLists, BUILT_AT, newSeed, pools, ratings, rng, ticket } from "@evenmatch/testkit";

const seed = newSeed() | 0;
const gaps = fc.constantFrom(0, 50, 100, 173.5, 1_000);
const smallPools = pools({ maxTickets: 9 });
const block = blockList();
const blocking = block.together([block]);
const manyBlock = pools({
  maxTickets: 9,
  attributes: { blockList: blockLists({ tickets: 9, maxNames: 5 }) },
});

interface Matching {
  readonly pairs: number;
  readonly cost: number;
}

/** The best of all matchings: the most pairs, then the least cost. Every one of them is tried. */
function best(
  tickets: readonly Ticket[],
  maxGap: number,
  costOf: (gap: number) => number,
  limits?: Limits,
): Matching {
  const [first, ...others] = tickets;
  if (!first) return { pairs: 0, cost: 0 };
  let found = best(others, maxGap, costOf, limits);
  for (const [index, other] of others.entries()) {
    const gap = gapOf(first, other);
    if (gap > maxGap || (limits && limits.between(first, other) > BUILT_AT)) continue;
    const { pairs, cost } = best(others.toSpliced(index, 1), maxGap, costOf, limits);
    const candidate = { pairs: pairs + 1, cost: cost + costOf(gap) };
    if (isBetter(candidate, found)) found = candidate;
  }
  return found;
}

function isBetter(one: Matching, other: Matching): boolean {
  return one.pairs > other.pairs || (one.pairs === other.pairs && one.cost < other.cost);
}

function gapOf(one: Ticket, other: Ticket): number {
  return Math.abs(ratingOf(one) - ratingOf(other));
}

function gapIn(proposal: Proposal): number {
  const [one, other] = ticketsOf(proposal);
  return gapOf(one!, other!);
}

function propose(tickets: readonly Ticket[], maxRatingGap: number, limits?: Limits): Proposal[] {
  return new OneVsOne({ maxRatingGap }).propose(new MemoryPool(tickets, { limits }), BUILT_AT);
}

function total(proposals: readonly Proposal[], costOf: (gap: number) => number = (gap) => gap): number {
  return proposals.reduce((sum, proposal) => sum + costOf(gapIn(proposal)), 0);
}

/** The ids of the pairs, each with the lower id first. */
function idsOf(proposals: readonly Proposal[]): string[] {
  return proposals
    .map((proposal) =>
      ticketsOf(proposal)
        .map(({ id }) => id)
        .sort()
        .join("–"),
    )
    .sort();
}

describe("OneVsOne against every matching there is", () => {
  it("makes the most pairs and, of all ways to make so many, the smallest total gap", () => {
    fc.assert(
      fc.property(smallPools, gaps, (tickets, maxGap) => {
        const proposals = propose(tickets, maxGap);
        const { pairs, cost } = best(tickets, maxGap, (gap) => gap);
        expect(proposals).toHaveLength(pairs);
        expect(total(proposals)).toBeCloseTo(cost, 6);
      }),
      { numRuns: 200, seed },
    );
  });

  it("does so under limits, which neighbours alone would not", () => {
    let isMissedByNeighbours = 0;
    fc.assert(
      fc.property(manyBlock, gaps, (tickets, maxGap) => {
        const proposals = propose(tickets, maxGap, blocking);
        const { pairs, cost } = best(tickets, maxGap, (gap) => gap, blocking);
        expect(proposals).toHaveLength(pairs);
        expect(total(proposals)).toBeCloseTo(cost, 4);
        const neighbours = propose(tickets, maxGap).filter(
          (proposal) => blocking.among(ticketsOf(proposal)) <= BUILT_AT,
        );
        if (neighbours.length < pairs) isMissedByNeighbours++;
      }),
      { numRuns: 200, seed },
    );
    expect(isMissedByNeighbours).toBeGreaterThan(10);
  });

  it("does so when a few come to a crowd in which nobody may meet anyone", () => {
    const source = rng(newSeed());
    for (let run = 0; run < 12; run++) {
      const names = Array.from({ length: 300 }, (_, index) => `crowd-${index}`);
      const crowd = names.map((id) =>
        ticket({
          players: [{ id, rating: source.int(1_400, 1_600), attributes: { blockList: names } }],
          joinedAt: BUILT_AT + source.int(0, 20),
        }),
      );
      const coming = Array.from({ length: source.int(1, 3) }, () =>
        ticket({
          players: [
            { id: `new-${source.bits()}`, rating: source.int(1_400, 1_600), attributes: { blockList: [] } },
          ],
          joinedAt: BUILT_AT + 30,
        }),
      );
      const pool = new MemoryPool(crowd, { limits: blocking });
      const strategy = new OneVsOne({ maxRatingGap: 50 });
      expect(strategy.propose(pool, BUILT_AT + 20)).toEqual([]);
      pool.clean();
      expect(strategy.nextChange(pool, BUILT_AT + 20)).toBe(Infinity);
      for (const each of coming) pool.add(each);
      const proposals = strategy.propose(pool, BUILT_AT + 30);
      // Of a crowd without pairs of its own, whoever comes needs no more than the nearest few.
      const near = coming.flatMap((one) =>
        crowd.toSorted((other, another) => gapOf(one, other) - gapOf(one, another)).slice(0, coming.length),
      );
      const { pairs, cost } = best([...coming, ...new Set(near)], 50, (gap) => gap, blocking);
      expect(proposals, `seed ${source.seed}, run ${run}`).toHaveLength(pairs);
      expect(total(proposals), `seed ${source.seed}, run ${run}`).toBe(cost);
    }
  });

  it("leaves out the youngest where several ways are the best, then the highest id", () => {
    // Whole ratings, so that equal sums are equal.
    const whole = pools({
      maxTickets: 9,
      players: ratings({ step: 50 }).map((rating) => ({ rating: Math.round(rating) })),
    });
    fc.assert(
      fc.property(whole, (tickets) => {
        fc.pre(tickets.length % 2 === 1);
        const maxGap = 100_000;
        const { cost } = best(tickets, maxGap, (gap) => gap);
        const spares = tickets.filter((spare) => {
          const others = tickets.filter((each) => each !== spare);
          return best(others, maxGap, (gap) => gap).cost === cost;
        });
        const sorted = [...tickets].sort(
          (one, other) => ratingOf(one) - ratingOf(other) || byAge(one, other),
        );
        const paired = new Set(propose(tickets, maxGap).flatMap(ticketsOf));
        const spare = tickets.find((each) => !paired.has(each))!;
        // Of equal ratings any could stay; the order of ratings counts them by age, and even places may stay.
        const allowed = spares.filter((each) => sorted.indexOf(each) % 2 === 0).sort(byAge);
        expect(spare.id).toBe(allowed.at(-1)?.id);
      }),
      { numRuns: 100, seed },
    );
  });

  it("may pair neighbours only because the gap is a convex cost", () => {
    // Two close friends in the middle, a stranger at each end.
    const tickets = [0, 100, 101, 201].map((rating) => ticket({ rating }));
    const proposals = propose(tickets, 1_000);
    expect(proposals.map(gapIn)).toEqual([100, 100]);
    expect(total(proposals)).toBe(best(tickets, 1_000, (gap) => gap).cost);
    expect(total(proposals, (gap) => gap ** 2)).toBe(best(tickets, 1_000, (gap) => gap ** 2).cost);
    // With a concave cost the middle pair together with the ends is cheaper: 1 + √201 < √100 + √100.
    expect(total(proposals, Math.sqrt)).toBe(20);
    expect(best(tickets, 1_000, Math.sqrt).cost).toBeCloseTo(1 + Math.sqrt(201), 9);
    // What pairs under limits does find it.
    const cheapest = blocking.pairUp(tickets, (one, other) => Math.sqrt(gapOf(one, other)));
    expect(cheapest.map((pair) => pair.map(ratingOf))).toEqual([
      [0, 201],
      [100, 101],
    ]);
  });
});

describe("OneVsOne", () => {
  it("pairs those exactly at the gap, and nobody beyond", () => {
    expect(propose([ticket({ rating: 1_500 }), ticket({ rating: 1_550 })], 50)).toMatchObject([
      { quality: 0 },
    ]);
    expect(propose([ticket({ rating: 1_500 }), ticket({ rating: 1_550.001 })], 50)).toEqual([]);
    expect(propose([ticket({ rating: 1_500 }), ticket({ rating: 1_500 })], 0)).toMatchObject([
      { quality: 1 },
    ]);
  });

  it("proposes what an event can carry as JSON", () => {
    const tickets = [ticket({ rating: 1_500 }), ticket({ rating: 1_525 })];
    const carried: unknown = JSON.parse(JSON.stringify(propose(tickets, 100)));
    expect(carried).toEqual([{ teams: [[tickets[0]], [tickets[1]]], quality: 0.75 }]);
  });

  it("says 1 − gap ÷ maxRatingGap for quality", () => {
    const [proposal] = propose([ticket({ rating: 1_500 }), ticket({ rating: 1_525 })], 100);
    expect(proposal?.quality).toBe(0.75);
  });

  it("gives a newcomer the nearest of those who wait, and on a tie the elder", () => {
    const waiting = [1_300, 1_410, 1_590, 1_700].map((rating, index) => ticket({ id: `w${index}`, rating }));
    const meets = (rating: number): string[] => {
      const pool = new MemoryPool(waiting);
      const strategy = new OneVsOne({ maxRatingGap: 100 });
      expect(strategy.propose(pool, BUILT_AT)).toEqual([]);
      pool.clean();
      pool.add(ticket({ id: "new", rating, joinedAt: BUILT_AT + 1 }));
      return idsOf(strategy.propose(pool, BUILT_AT));
    };
    expect(meets(1_499)).toEqual(["new–w1"]);
    expect(meets(1_501)).toEqual(["new–w2"]);
    expect(meets(1_500)).toEqual(["new–w1"]);
    expect(meets(1_801)).toEqual([]);
  });

  it("finds the optimum in waves, where a match at once would spoil it", () => {
    const found = (waveMs: number): string[][] => {
      const passes: string[][] = [];
      const driver = new Driver({
        strategy: new OneVsOne({ maxRatingGap: 100 }),
        waveMs,
        stopwatch: () => 0,
        onPass: ({ at, proposals }) => {
          if (proposals.length > 0) passes.push([`${at}`, ...idsOf(proposals)]);
        },
        onExpire: () => expect.unreachable(),
        onError: (error) => expect.unreachable(error.message),
      });
      driver.gain([], 0);
      driver.joined(ticket({ id: "a", rating: 1_500, joinedAt: 10 }), 10);
      driver.joined(ticket({ id: "b", rating: 1_590, joinedAt: 20 }), 20);
      driver.joined(ticket({ id: "c", rating: 1_510, joinedAt: 30 }), 30);
      driver.joined(ticket({ id: "d", rating: 1_600, joinedAt: 40 }), 40);
      driver.advance(1_000);
      return passes;
    };
    expect(found(Infinity)).toEqual([
      ["20", "a–b"],
      ["40", "c–d"],
    ]);
    expect(found(25)).toEqual([
      ["25", "a–b"],
      ["50", "c–d"],
    ]);
    expect(found(100)).toEqual([["100", "a–c", "b–d"]]);
  });
});
