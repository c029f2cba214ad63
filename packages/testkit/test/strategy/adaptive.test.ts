import {
  Adaptive,
  blockList,
  defineLimit,
  EvenmatchError,
  MemoryPool,
  type AdaptiveOptions,
  type Attributes,
  type Ticket,
} from "@evenmatch/core";
import { BUILT_AT, ticket } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";

const strategy = new Adaptive({ pointsPerSecond: 10 });

/** Two of these ratings who wait, after others came one every so many milliseconds and left. */
function poolAfter(everyMs: number, ratings: readonly number[], waiting: readonly number[]): MemoryPool {
  const pool = new MemoryPool();
  const end = BUILT_AT + 1_000 * everyMs;
  for (let index = 0; index < 1_000; index++) {
    const one = join(`gone-${index}`, BUILT_AT + index * everyMs, ratings[index % ratings.length] as number);
    pool.add(one);
    pool.remove(one.id);
  }
  for (const [index, rating] of waiting.entries()) pool.add(join(`waits-${index}`, end, rating));
  pool.clean();
  return pool;
}

function join(id: string, joinedAt: number, rating: number, attributes?: Attributes): Ticket {
  return ticket({ id, joinedAt, players: [{ id: `p-${id}`, rating, ...(attributes && { attributes }) }] });
}

/** How long two wait if nobody comes. */
function waitOf(pool: MemoryPool): number {
  const end = [...pool][0]?.joinedAt ?? 0;
  if (strategy.propose(pool, end).length > 0) return 0;
  let at = end;
  do at = strategy.nextChange(pool, at);
  while (at < Infinity && strategy.propose(pool, at).length === 0);
  return at - end;
}

const around1500 = Array.from({ length: 200 }, (_, index) => 1_400 + index);

describe("Adaptive", () => {
  it("keeps two apart for longer the more come", () => {
    const waits = [10, 100, 1_000].map((everyMs) => waitOf(poolAfter(everyMs, around1500, [1_500, 1_540])));
    expect(waits[0]).toBeGreaterThan(0);
    expect(waits).toEqual([...waits].sort((one, other) => other - one));
    expect(waits[2]).toBe(0);
  });

  it("lets those meet at once around whom nobody comes", () => {
    expect(waitOf(poolAfter(10, around1500, [2_500, 2_540]))).toBeLessThan(
      waitOf(poolAfter(10, around1500, [1_500, 1_540])),
    );
  });

  it("lets nobody wait for more than twice what the gap is worth, whoever comes", () => {
    const pool = poolAfter(1, around1500, [1_500, 1_540]);
    const joinedAt = [...pool][0]?.joinedAt ?? 0;
    let now = joinedAt;
    for (let index = 0; strategy.propose(pool, now).length === 0; index++) {
      strategy.nextChange(pool, now);
      now += 1;
      const passerBy = join(`late-${index}`, now, 1_520);
      pool.add(passerBy);
      pool.remove(passerBy.id);
    }
    expect(now - joinedAt).toBe(2 * (40 / 10) * 1_000);
  });

  it("has a quality that is one half where the gap is worth ten seconds", () => {
    const pool = poolAfter(100_000, around1500, [1_450, 1_550]);
    const now = ([...pool][0]?.joinedAt ?? 0) + 60_000;
    expect(strategy.propose(pool, now)).toMatchObject([{ quality: 0.5 }]);
  });

  it("does not look at anybody again for whom nothing can have changed", () => {
    const pool = poolAfter(10, around1500, [1_400, 1_599]);
    const now = [...pool][0]?.joinedAt ?? 0;
    strategy.propose(pool, now);
    pool.clean();
    expect(strategy.nextChange(pool, now)).toBeGreaterThan(now + 1);
  });

  it("asks for no pass a millisecond where somebody nearer keeps a couple apart whose time has come", () => {
    const limits = blockList().together([blockList()]);
    const pool = new MemoryPool([], { limits });
    for (let index = 0; index < 100; index++) {
      pool.add(join(`gone-${index}`, BUILT_AT, 1_600 + index));
      pool.remove(`gone-${index}`);
    }
    pool.add(join("old", BUILT_AT, 1_400, { blockList: ["p-near"] }));
    const now = BUILT_AT + 100_000;
    for (const [id, rating] of [
      ["near", 1_600],
      ["far", 1_800],
    ] as const) {
      pool.add(join(id, now, rating, { blockList: [] }));
    }
    for (let index = 0; index < 50; index++) {
      pool.add(join(`late-${index}`, now, 1_650));
      pool.remove(`late-${index}`);
    }
    expect(strategy.propose(pool, now)).toEqual([]);
    pool.clean();
    const next = strategy.nextChange(pool, now);
    expect(next).toBeGreaterThan(now + 1);
    pool.remove("near");
    expect(strategy.propose(pool, now + 1)).toHaveLength(1);
  });

  it("sees who is freed where somebody goes who stood beside neither", () => {
    const limits = blockList().together([blockList()]);
    const pool = new MemoryPool([], { limits });
    const fresh = new Adaptive({ pointsPerSecond: 10 });
    const come = (id: string, now: number, rating: number, blocked: string[] = []): void => {
      pool.add(join(id, now, rating, { blockList: blocked.map((each) => `p-${each}`) }));
    };
    const pass = (now: number): number => {
      const { length } = fresh.propose(pool, now);
      pool.clean();
      fresh.nextChange(pool, now);
      return length;
    };
    come("old", BUILT_AT, 1_500, ["near"]);
    let now = BUILT_AT;
    for (let index = 0; index < 645; index++) {
      now += 10;
      come(`gone-${index}`, now, 1_490 + (index % 40));
      pool.remove(`gone-${index}`);
      if (index % 64 === 0) expect(pass(now)).toBe(0);
    }
    come("left-of-near", now, 1_505, ["old", "near", "right-of-near", "far"]);
    come("near", now, 1_510, ["old", "right-of-near", "left-of-near"]);
    come("right-of-near", now, 1_511, ["old", "near", "far", "left-of-near"]);
    expect(pass(now)).toBe(0);
    come("far", now, 1_520, ["right-of-near", "left-of-near"]);
    expect(pass(now)).toBe(0);
    pool.remove("near");
    expect(pass(now)).toBe(1);
  });

  it("asks limits about few couples of a crowd of one rating", () => {
    let asked = 0;
    const anybody = defineLimit({ rule: "anybody", attributes: {}, between: () => ++asked > 0 });
    const pool = new MemoryPool([], { limits: anybody.together([anybody]) });
    for (let index = 0; index < 200; index++) pool.add(join(`${index}`, BUILT_AT + index, 1_500));
    const proposals = strategy.propose(pool, BUILT_AT + 1_000);
    expect(proposals).toHaveLength(100);
    for (const { teams } of proposals) {
      const [one, other] = teams.map(([each]) => Number(each?.id)) as [number, number];
      expect(other - one).toBe(1);
    }
    expect(asked).toBeLessThan(1_000);
  });

  it("has a quality also where the mean of a team is beyond all numbers", () => {
    const pool = new MemoryPool(["ann", "bob", "cid"].map((id) => join(id, BUILT_AT, 1e308)));
    const trio = new Adaptive({ pointsPerSecond: 10, teams: 1, teamSize: 3 });
    expect(trio.propose(pool, BUILT_AT)).toMatchObject([{ quality: 0 }]);
  });

  it.each([
    [undefined],
    [{}],
    [{ pointsPerSecond: 0 }],
    [{ pointsPerSecond: -1 }],
    [{ pointsPerSecond: Number.NaN }],
    [{ pointsPerSecond: Infinity }],
    [{ pointsPerSecond: "10" }],
    [{ pointsPerSecond: 10, maxRatingGap: 100 }],
  ])("refuses %j", (options) => {
    const make = (): Adaptive => new Adaptive(options as unknown as AdaptiveOptions);
    expect(make).toThrow(EvenmatchError);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });
});

it("explains who may be met already, and only waits a moment more for somebody nearer, by a rule all the same", () => {
  const quick = new Adaptive({ pointsPerSecond: 1_000 });
  const now = BUILT_AT + 1_000;
  const alone = { blockList: [] };
  const crowd = [1_550, 0, 1_550, 1_500, 1_500, 1_550, 1_550].map((rating, index) =>
    join(`${index}`, BUILT_AT, rating, alone),
  );
  const ann = join("ann", BUILT_AT, 2_000, alone);
  const bob = join("bob", BUILT_AT + 101, 1_950, { blockList: ["p-ann"] });
  const cid = join("cid", now, 1_500, alone);
  const dan = join("dan", BUILT_AT + 101, 1_500, { blockList: ["p-cid"] });
  const blocks = blockList();
  const pool = new MemoryPool([...crowd, ann, bob, cid, dan], { limits: blocks.together([blocks]) });
  for (let proposals = quick.propose(pool, now); proposals.length > 0; proposals = quick.propose(pool, now)) {
    pool.clean();
    for (const { id } of proposals.flatMap(({ teams }) => teams.flat())) pool.remove(id);
  }
  expect(pool.get("ann")).toBe(ann);
  const { group, blockedBy } = quick.explain(ann, pool, now);
  expect([group, blockedBy.map(({ rule }) => rule)]).toEqual([["ann", "bob"], ["blockList"]]);
});
