import { Limits, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockLists,
  BUILT_AT,
  changes,
  instants,
  labels,
  labelSets,
  latencies,
  opensLater,
  player,
  players,
  pools,
  encounters,
  ticket,
} from "@evenmatch/testkit";

const sampled = { numRuns: 300, seed: 7 };

/** How many of the generated values have a property. */
function share<T>(values: fc.Arbitrary<T>, holds: (value: T) => boolean): number {
  return fc.sample(values, sampled).filter(holds).length / sampled.numRuns;
}

function ofTickets<T>(tickets: readonly Ticket[], name: string): [string, T][] {
  return tickets.flatMap((each) =>
    each.players.map(({ id, attributes }): [string, T] => [id, attributes?.[name] as T]),
  );
}

describe("generated players", () => {
  it("carry exactly the attributes asked for, in pools and in changes", () => {
    const attributes = { side: labels(["left", "right"]), topics: labelSets() };
    for (const each of fc.sample(players({ attributes }), sampled)) {
      expect(Object.keys(each.attributes ?? {}).sort()).toEqual(["side", "topics"]);
      expect(Number.isFinite(each.rating)).toBe(true);
    }
    for (const pool of fc.sample(pools({ attributes, maxPartySize: 2 }), sampled))
      for (const [, side] of ofTickets<string>(pool, "side")) expect(["left", "right"]).toContain(side);
    const joined = fc
      .sample(changes({ attributes }), sampled)
      .flat()
      .flatMap((change) => (change.type === "joined" ? [change.ticket] : []));
    expect(joined.length).toBeGreaterThan(1_000);
    for (const [, topics] of ofTickets<string[]>(joined, "topics")) expect(Array.isArray(topics)).toBe(true);
    expect(fc.sample(players(), sampled).every((each) => each.attributes === undefined)).toBe(true);
  });
});

describe("block lists", () => {
  const crowds = pools({ attributes: { blocked: blockLists({ maxPartySize: 2 }) }, maxPartySize: 2 });
  const blocks = (tickets: readonly Ticket[]): [string, string][] => {
    const lists = new Map(ofTickets<string[]>(tickets, "blocked"));
    return [...lists].flatMap(([id, list]) =>
      list.filter((other) => lists.has(other)).map((other): [string, string] => [id, other]),
    );
  };

  it("name players who are there, in one direction and in both, and themselves, and strangers", () => {
    expect(share(crowds, (pool) => blocks(pool).some(([one, other]) => one !== other))).toBeGreaterThan(0.5);
    const isMutual = (pool: Ticket[]): boolean => {
      const all = new Set(blocks(pool).map((pair) => pair.join(" ")));
      return blocks(pool).some(([one, other]) => one !== other && all.has(`${other} ${one}`));
    };
    expect(share(crowds, isMutual)).toBeGreaterThan(0.05);
    expect(share(crowds, (pool) => blocks(pool).some(([one, other]) => one === other))).toBeGreaterThan(0.05);
    expect(share(blockLists(), (list) => list.includes("a stranger"))).toBeGreaterThan(0.05);
    expect(share(blockLists(), (list) => list.length === 0)).toBeGreaterThan(0.05);
  });

  it("name nobody twice", () => {
    expect(share(blockLists({ maxNames: 5 }), (list) => new Set(list).size === list.length)).toBe(1);
  });
});

describe("instants and encounters", () => {
  it("lie around the instant, on it and beside it", () => {
    const near = instants({ from: 1_000, withinMs: 60 });
    expect(share(near, (at) => Number.isInteger(at) && Math.abs(at - 1_000) <= 60)).toBe(1);
    for (const at of [1_000, 1_001, 1_050, 940])
      expect(share(near, (each) => each === at)).toBeGreaterThan(0.01);
  });

  it("name players who are there, with an instant each", () => {
    const crowds = pools({ attributes: { met: encounters({ withinMs: 200 }) } });
    const meets = (pool: Ticket[]): boolean => {
      const met = new Map(ofTickets<Record<string, number>>(pool, "met"));
      return [...met.values()].some((each) => Object.keys(each).some((id) => met.has(id)));
    };
    expect(share(crowds, meets)).toBeGreaterThan(0.5);
    const isNear = (met: Record<string, number>): boolean =>
      Object.values(met).every((at) => Math.abs(at - BUILT_AT) <= 200);
    expect(share(encounters({ withinMs: 200 }), isNear)).toBe(1);
  });
});

describe("labels, sets and latencies", () => {
  it("are alike, overlap and are disjoint, each now and then", () => {
    const two = fc.tuple(labelSets(), labelSets());
    const common = ([one, other]: string[][]): number => one!.filter((each) => other!.includes(each)).length;
    expect(share(two, (sets) => common(sets) === 0)).toBeGreaterThan(0.1);
    expect(share(two, (sets) => common(sets) === 1)).toBeGreaterThan(0.1);
    expect(share(two, ([one, other]) => one.toSorted().join() === other.toSorted().join())).toBeGreaterThan(
      0.02,
    );
    expect(share(labelSets(), (set) => set.length === 0)).toBeGreaterThan(0.02);
    expect(share(fc.tuple(labels(), labels()), ([one, other]) => one === other)).toBeGreaterThan(0.2);
  });

  it("tie, lie on the steps, and leave regions out, but never the first", () => {
    const measured = latencies({ regions: ["eu", "na"], step: 40 });
    expect(share(measured, ({ eu }) => eu !== undefined && eu >= 0 && eu <= 240)).toBe(1);
    expect(share(measured, ({ na }) => na === undefined)).toBeGreaterThan(0.1);
    expect(share(measured, ({ eu }) => eu! % 40 === 0)).toBeGreaterThan(0.4);
    expect(share(measured, ({ eu, na }) => eu === na)).toBeGreaterThan(0.02);
  });
});

describe("opensLater", () => {
  it("keeps two apart until the later instant that they name for each other", () => {
    const [ann, bob, cid] = (
      [
        ["ann", { bob: 500 }],
        ["bob", { ann: 700.5 }],
        ["cid", {}],
      ] as const
    ).map(([id, notBefore]) => ticket({ players: [player({ id, attributes: { notBefore } })] }));
    const limits = new Limits([opensLater()]);
    expect(limits.between(ann!, bob!)).toBe(701);
    expect(limits.between(bob!, ann!)).toBe(701);
    expect(limits.between(ann!, cid!)).toBe(Number.NEGATIVE_INFINITY);
  });
});
