import { byAge, defineLimit, MemoryPool, OneVsOne, ratingOf, ticketsOf, type Ticket } from "@evenmatch/core";
import { BUILT_AT, newSeed, rng, ticket, type Rng } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";

const seed = newSeed();
const anyLimit = defineLimit({ rule: "any", between: () => true });
const { pairUp } = anyLimit.together([anyLimit]);

type Pairs = readonly (readonly [Ticket, Ticket])[];
type CostOf = (one: Ticket, other: Ticket) => number;
interface Graph {
  readonly tickets: Ticket[];
  readonly costOf: CostOf;
}

/** Tickets with costs that have nothing to do with their ratings; ratings and ages tie now and then. */
function graph(source: Rng, size: number, density: number, cost: () => number): Graph {
  const tickets = Array.from({ length: size }, () =>
    ticket({ rating: 1_500 + 50 * source.int(0, 20), joinedAt: BUILT_AT + source.int(0, 5) }),
  );
  const places = new Map(tickets.map((one, place) => [one, place]));
  const costs = tickets.map(() => tickets.map(() => Infinity));
  for (let one = 0; one < size; one++) {
    for (let other = 0; other < one; other++) {
      if (source.chance(density)) costs[one]![other] = costs[other]![one] = cost();
    }
  }
  return { tickets, costOf: (one, other) => costs[places.get(one)!]![places.get(other)!]! };
}

function anyGraph(source: Rng, size: number): Graph {
  const cost = source.pick([
    () => 0,
    () => source.int(0, 3),
    () => source.int(0, 400),
    () => 300 * source.float(),
  ]);
  return graph(source, size, source.pick([0.1, 0.2, 0.35, 0.6, 1]), cost);
}

function nameOf(...tickets: readonly Ticket[]): string {
  return tickets
    .map(({ id }) => id)
    .sort()
    .join(" – ");
}

function total(pairs: Pairs, costOf: CostOf): number {
  return pairs.reduce((sum, [one, other]) => sum + costOf(one, other), 0);
}

/** Every matching there is. */
function* matchings([first, ...others]: readonly Ticket[], costOf: CostOf): Generator<[Ticket, Ticket][]> {
  if (!first) {
    yield [];
    return;
  }
  yield* matchings(others, costOf);
  for (const [place, other] of others.entries()) {
    if (costOf(first, other) === Infinity) continue;
    for (const rest of matchings(others.toSpliced(place, 1), costOf)) yield [[first, other], ...rest];
  }
}

/** The most pairs and their least cost, by going through sets of tickets. */
function bestOfSets({ tickets, costOf }: Graph): { pairs: number; cost: number } {
  const sets = 2 ** tickets.length;
  const table = tickets.map((one) => tickets.map((other) => costOf(one, other)));
  const pairs = new Uint8Array(sets);
  const costs = new Float64Array(sets);
  for (let set = 1; set < sets; set++) {
    const last = 31 - Math.clz32(set);
    const rest = set ^ (1 << last);
    let most = pairs[rest]!;
    let least = costs[rest]!;
    for (let other = 0; other < last; other++) {
      const cost = (rest >> other) & 1 ? table[last]![other]! : Infinity;
      if (cost === Infinity) continue;
      const left = rest ^ (1 << other);
      if (pairs[left]! + 1 < most || (pairs[left]! + 1 === most && costs[left]! + cost >= least)) continue;
      most = pairs[left]! + 1;
      least = costs[left]! + cost;
    }
    pairs[set] = most;
    costs[set] = least;
  }
  return { pairs: pairs[sets - 1]!, cost: costs[sets - 1]! };
}

/** The same where nobody meets anyone more than `width` places away: which of the last few are free is all that counts. */
function bestInBand({ tickets, costOf }: Graph, width: number): { pairs: number; cost: number } {
  const better = (one: { pairs: number; cost: number } | undefined, pairs: number, cost: number) =>
    one && (one.pairs > pairs || (one.pairs === pairs && one.cost <= cost)) ? one : { pairs, cost };
  let states = new Map([[0, { pairs: 0, cost: 0 }]]);
  for (const [place, one] of tickets.entries()) {
    const next = new Map<number, { pairs: number; cost: number }>();
    const keep = (free: number, pairs: number, cost: number): void => {
      const state = free & (2 ** width - 1);
      next.set(state, better(next.get(state), pairs, cost));
    };
    for (const [free, { pairs, cost }] of states) {
      keep((free << 1) | 1, pairs, cost);
      for (let back = 1; back <= Math.min(width, place); back++) {
        const added = (free >> (back - 1)) & 1 ? costOf(one, tickets[place - back]!) : Infinity;
        if (added < Infinity) keep((free ^ (1 << (back - 1))) << 1, pairs + 1, cost + added);
      }
    }
    states = next;
  }
  return [...states.values()].reduce((one, { pairs, cost }) => better(one, pairs, cost));
}

function expectPairs(pairs: Pairs, { tickets, costOf }: Graph): void {
  const paired = pairs.flat();
  expect(new Set(paired).size).toBe(paired.length);
  for (const one of paired) expect(tickets).toContain(one);
  for (const [low, high] of pairs) {
    expect(costOf(low, high)).toBeLessThan(Infinity);
    expect(ratingOf(low) - ratingOf(high) || byAge(low, high)).toBeLessThan(0);
  }
}

function expectMaximal(pairs: Pairs, { tickets, costOf }: Graph): void {
  const paired = new Set(pairs.flat());
  const left = tickets.filter((one) => !paired.has(one));
  for (const one of left)
    for (const other of left) if (one !== other) expect(costOf(one, other)).toBe(Infinity);
}

describe("pairUp", () => {
  it("makes the most pairs at the least cost, against every matching there is, and pairs the older", () => {
    const source = rng(seed);
    for (let run = 0; run < 1_200; run++) {
      const drawn = anyGraph(source, source.int(0, 8));
      const pairs = pairUp(drawn.tickets, drawn.costOf);
      expectPairs(pairs, drawn);
      const cost = total(pairs, drawn.costOf);
      const all = [...matchings(drawn.tickets, drawn.costOf)].filter((one) => one.length >= pairs.length);
      expect(Math.max(...all.map(({ length }) => length)), `seed ${seed}, run ${run}`).toBe(pairs.length);
      const least = Math.min(...all.map((one) => total(one, drawn.costOf)));
      expect(cost, `seed ${seed}, run ${run}`).toBeCloseTo(least, 5);
      // Nobody is left while somebody younger plays in their place, at the same cost.
      const ours = new Set(pairs.flat());
      for (const other of all) {
        if (total(other, drawn.costOf) > least) continue;
        const theirs = new Set(other.flat());
        const coming = [...theirs].filter((one) => !ours.has(one));
        const going = [...ours].filter((one) => !theirs.has(one));
        if (coming.length !== 1 || cost !== least) continue;
        expect(byAge(going[0]!, coming[0]!), `seed ${seed}, run ${run}`).toBeLessThan(0);
      }
    }
  });

  it("makes the most pairs at the least cost among up to 15, against going through all sets", () => {
    const source = rng(seed).fork("sets");
    for (let run = 0; run < 60; run++) {
      const drawn = anyGraph(source, source.int(9, 15));
      const pairs = pairUp(drawn.tickets, drawn.costOf);
      const best = bestOfSets(drawn);
      expectPairs(pairs, drawn);
      expect(pairs.length, `seed ${seed}, run ${run}`).toBe(best.pairs);
      expect(total(pairs, drawn.costOf), `seed ${seed}, run ${run}`).toBeCloseTo(best.cost, 4);
    }
  });

  it("does so for components as large as 128, where nobody meets anyone far away", () => {
    const source = rng(seed).fork("bands");
    for (let run = 0; run < 25; run++) {
      const width = source.int(2, 6);
      const drawn = anyGraph(source, source.int(100, 128));
      const place = new Map(drawn.tickets.map((one, index) => [one, index]));
      const costOf: CostOf = (one, other) =>
        Math.abs(place.get(one)! - place.get(other)!) <= width ? drawn.costOf(one, other) : Infinity;
      const pairs = pairUp(drawn.tickets, costOf);
      const best = bestInBand({ ...drawn, costOf }, width);
      expectPairs(pairs, { ...drawn, costOf });
      expect(pairs.length, `seed ${seed}, run ${run}`).toBe(best.pairs);
      expect(total(pairs, costOf), `seed ${seed}, run ${run}`).toBeCloseTo(best.cost, 4);
    }
  });

  it("finds as little as neighbours do where the cost is the gap, for 128 connected by it", () => {
    const source = rng(seed).fork("line");
    for (let run = 0; run < 10; run++) {
      const tickets = Array.from({ length: source.int(120, 128) }, () =>
        ticket({ rating: source.int(0, 2_000) }),
      );
      const costOf = gapWithin(200);
      const neighbours = new OneVsOne({ maxRatingGap: 200 })
        .propose(new MemoryPool(tickets), BUILT_AT)
        .map((proposal) => ticketsOf(proposal) as [Ticket, Ticket]);
      for (const reach of [200, Infinity]) {
        const pairs = pairUp(tickets, costOf, reach);
        expect(pairs.length, `seed ${seed}, run ${run}`).toBe(neighbours.length);
        expect(total(pairs, costOf), `seed ${seed}, run ${run}`).toBe(total(neighbours, costOf));
      }
    }
  });

  it("finds better pairs than neighbours where the cost is concave", () => {
    const tickets = [0, 100, 101, 201].map((rating) => ticket({ rating }));
    const costOf: CostOf = (one, other) => Math.sqrt(Math.abs(ratingOf(one) - ratingOf(other)));
    const pairs = pairUp(tickets, costOf);
    expect(pairs.map((pair) => pair.map(ratingOf))).toEqual([
      [0, 201],
      [100, 101],
    ]);
    // 1 + √201 < √100 + √100
    expect(total(pairs, costOf)).toBeLessThan(20);
  });

  it("says the same whatever the order of the tickets", () => {
    const source = rng(seed).fork("order");
    for (let run = 0; run < 60; run++) {
      const { tickets, costOf } = anyGraph(source, source.pick([6, 12, 40, 200]));
      const named = (given: readonly Ticket[]) =>
        pairUp(given, costOf)
          .map((pair) => nameOf(...pair))
          .sort();
      expect(named(source.shuffle(tickets)), `seed ${seed}, run ${run}`).toEqual(named(tickets));
    }
  });

  it("leaves no two who may meet in components of any size, and loses little there", () => {
    const source = rng(seed).fork("large");
    for (const size of [129, 500, 1_500]) {
      const drawn = graph(source, size, source.pick([4 / size, 0.05, 0.5]), () => source.int(0, 400));
      const pairs = pairUp(drawn.tickets, drawn.costOf);
      expectPairs(pairs, drawn);
      expectMaximal(pairs, drawn);
      // On a line the optimum is known at any size; windows lose where they end.
      const tickets = Array.from({ length: size }, () => ticket({ rating: source.int(0, size) }));
      const costOf = gapWithin(50);
      const line = pairUp(tickets, costOf, 50);
      const best = new OneVsOne({ maxRatingGap: 50 })
        .propose(new MemoryPool(tickets), BUILT_AT)
        .map((proposal) => ticketsOf(proposal) as [Ticket, Ticket]);
      expectMaximal(line, { tickets, costOf });
      expect(line.length).toBeGreaterThanOrEqual(0.98 * best.length);
      if (size > 200) expect(total(line, costOf)).toBeLessThanOrEqual(1.5 * total(best, costOf));
    }
  });

  it("finds the best for a few who come to many that may not meet each other", () => {
    const source = rng(seed).fork("few");
    for (let run = 0; run < 20; run++) {
      const waiting = Array.from({ length: source.pick([130, 600, 2_000]) }, () =>
        ticket({ rating: source.int(1_000, 2_000) }),
      );
      const coming = new Set(
        Array.from({ length: source.int(1, 3) }, () => ticket({ rating: source.int(1_000, 2_000) })),
      );
      const costOf: CostOf = (one, other) =>
        coming.has(one) === coming.has(other) ? Infinity : Math.abs(ratingOf(one) - ratingOf(other));
      const pairs = pairUp([...waiting, ...coming], costOf);
      expect(pairs).toHaveLength(coming.size);
      // Each needs no more than its three nearest; of those, every way is tried.
      const near = [...coming].flatMap((one) =>
        waiting.toSorted((two, three) => costOf(one, two) - costOf(one, three)).slice(0, 3),
      );
      const { cost } = bestOfSets({ tickets: [...coming, ...new Set(near)], costOf });
      expect(total(pairs, costOf), `seed ${seed}, run ${run}`).toBe(cost);
    }
  });

  it("takes costs from the smallest to the largest, and tells apart what differs by a part in 2²⁷", () => {
    const [a, b, c, d] = [0, 1, 2, 3].map((rating) => ticket({ rating })) as [Ticket, Ticket, Ticket, Ticket];
    const costs = (table: Record<string, number>): CostOf => {
      const known = new Map(
        Object.entries(table).map(([pair, cost]) => [
          nameOf(...pair.split(" ").map((name) => ({ a, b, c, d })[name]!)),
          cost,
        ]),
      );
      return (one, other) => known.get(nameOf(one, other)) ?? Infinity;
    };
    const found = (table: Record<string, number>) =>
      pairUp([a, b, c, d], costs(table)).map((pair) => nameOf(...pair));
    expect(found({ "a b": 1e308, "c d": 1e308, "a c": 1e308, "b d": 5e307 })).toEqual([
      nameOf(a, c),
      nameOf(b, d),
    ]);
    expect(found({ "a b": Number.MIN_VALUE, "c d": 0, "a c": 1, "b d": 1 })).toEqual([
      nameOf(a, b),
      nameOf(c, d),
    ]);
    const little = 1_000 / 2 ** 26;
    expect(found({ "a b": 1_000, "c d": 1_000, "a c": 1_000, "b d": 1_000 - little })).toEqual([
      nameOf(a, c),
      nameOf(b, d),
    ]);
    expect(found({ "a b": 1_000, "c d": 1_000 - little, "a c": 1_000, "b d": 1_000 })).toEqual([
      nameOf(a, b),
      nameOf(c, d),
    ]);
  });
});

function gapWithin(reach: number): CostOf {
  return (one, other) => {
    const gap = Math.abs(ratingOf(one) - ratingOf(other));
    return gap <= reach ? gap : Infinity;
  };
}
