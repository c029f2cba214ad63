import {
  blockList,
  defineLimit,
  defineStrategy,
  differentAttribute,
  Fifo,
  latency,
  OneVsOne,
  overlap,
  recentOpponents,
  sameAttribute,
  type Attributes,
  type Limit,
  type Match,
  type Strategy,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { heard, teamsOf, world } from "./world.js";

const START = new ManualClock().now();

/** First come, first matched, in the fewest words. */
const inOrder = (): Strategy =>
  defineStrategy({
    propose(tickets, _now, limits) {
      const waiting = new Set(tickets);
      return tickets.flatMap((one) => {
        if (!waiting.delete(one)) return [];
        for (const other of waiting) {
          if (!limits.permits([one, other])) continue;
          waiting.delete(other);
          return [{ teams: [[one], [other]], quality: 1 }];
        }
        return [];
      });
    },
  });

const strategies: readonly [string, () => Strategy][] = [
  ["OneVsOne", () => new OneVsOne({ maxRatingGap: 1_000 })],
  ["Fifo", () => new Fifo()],
  ["a defined strategy", inOrder],
];

/** What each carries who waits in a queue with this limit: the first two are kept apart, the third may meet one. */
interface Subject {
  readonly limit: () => Limit<never>;
  readonly ann: Attributes;
  readonly bob: Attributes;
  readonly cid: Attributes;
}

const subjects: Readonly<Record<string, Subject>> = {
  "a player whom the other blocked": {
    limit: () => blockList(),
    ann: { blockList: [] },
    bob: { blockList: ["x", "ann"] },
    cid: { blockList: ["ann"] },
  },
  "a recent opponent": {
    limit: () => recentOpponents({ count: 1 }),
    ann: { recentOpponents: { bob: 5, cid: 4 } },
    bob: { recentOpponents: {} },
    cid: { recentOpponents: { bob: 1, ann: 2 } },
  },
  "another mode": {
    limit: () => sameAttribute("mode"),
    ann: { mode: "rapid" },
    bob: { mode: "blitz" },
    cid: { mode: "blitz" },
  },
  "the same role": {
    limit: () => differentAttribute("role"),
    ann: { role: "seeker" },
    bob: { role: "seeker" },
    cid: { role: "hider" },
  },
  "too few topics in common": {
    limit: () => overlap({ attribute: "topics", atLeast: 2, type: "number[]" }),
    ann: { topics: [1, 2, 3] },
    bob: { topics: [3, 4, 5] },
    cid: { topics: [3, 5] },
  },
  "no region within reach of both": {
    limit: () => latency({ maxMs: 100 }),
    ann: { latency: { eu: 20, us: 130 } },
    bob: { latency: { eu: 101, us: 40 } },
    cid: { latency: { asia: 10, us: 99 } },
  },
};

describe.each(strategies)("%s keeps its players from", (_, create) => {
  it.each(Object.entries(subjects))("%s", async (_rule, { limit, ann, bob, cid }) => {
    const { matchmaker, clock, problems } = await world({
      queues: { queue: { strategy: create(), limits: [limit() as Limit] } },
    });
    const matches: Match[] = [];
    matchmaker.on("match", (match) => matches.push(match));
    const join = (id: string, attributes: Attributes) =>
      matchmaker.join("queue", { players: [{ id, rating: 1_500, attributes }] });
    await join("ann", ann);
    await join("bob", bob);
    await clock.advance(60_000);
    expect(matches).toEqual([]);
    await join("cid", cid);
    await clock.settle();
    expect(matches).toHaveLength(1);
    expect(teamsOf(matches[0]!).flat()).toContain("cid");
    expect(problems).toEqual([]);
  });

  it("an opponent of whom they have seen enough for now, until the millisecond at which it is long enough ago", async () => {
    const limits = [recentOpponents({ withinMs: 30_000 })];
    const { matchmaker, clock, problems } = await world({
      queues: { queue: { strategy: create(), limits } },
    });
    const metAt = START - 10_000;
    const join = (id: string, recentOpponents: Record<string, number>) =>
      matchmaker.join("queue", { players: [{ id, rating: 1_500, attributes: { recentOpponents } }] });
    await join("ann", { bob: metAt });
    await join("bob", { ann: metAt });
    await clock.advance(19_999);
    expect(matchmaker.health().waiting).toBe(2);
    await clock.advance(1);
    expect(matchmaker.health().waiting).toBe(0);
    expect(problems).toEqual([]);
  });
});

describe("a queue with one pool for all regions", () => {
  it("plays where the worst latency is least", async () => {
    const limits = [latency({ maxMs: 100 })];
    const { matchmaker } = await world({ queues: { planet: { strategy: new Fifo(), limits } } });
    const find = (id: string, measured: Record<string, number>) =>
      matchmaker.find("planet", { players: [{ id, rating: 1, attributes: { latency: measured } }] });
    const found = find("ann", { eu: 10, us: 80, asia: 60 });
    const match = await find("bob", { asia: 60, eu: 90, us: 70 });
    // Europe takes bob 90 ms, the States take ann 80, Asia takes both 60.
    expect(match.playedIn).toBe("asia");
    expect(await found).toEqual(match);
  });

  it("says nothing of a region where no limit does", async () => {
    const { matchmaker } = await world({ queues: { duel: { strategy: new Fifo(), limits: [blockList()] } } });
    const find = (id: string) =>
      matchmaker.find("duel", { players: [{ id, rating: 1, attributes: { blockList: [] } }] });
    const [match] = await Promise.all([find("ann"), find("bob")]);
    expect(match).not.toHaveProperty("playedIn");
  });
});

describe("parties", () => {
  it("are kept apart by what any of one has against any of the other, and by nothing among themselves", async () => {
    const { matchmaker, clock } = await world({
      queues: { duo: { strategy: new Fifo({ teamSize: 2 }), limits: [blockList()] } },
    });
    const party = (blocked: Record<string, string[]>) =>
      matchmaker.join("duo", {
        players: Object.entries(blocked).map(([id, blockList]) => ({
          id,
          rating: 1,
          attributes: { blockList },
        })),
      });
    const matches = heard(matchmaker, "match.settled");
    await party({ ann: ["bob"], bob: ["ann"] });
    await party({ cid: [], dan: ["ann"] });
    await clock.settle();
    expect(matches).toEqual([]);
    await party({ eve: ["cid"], fay: ["eve"] });
    await clock.settle();
    expect(matches.map(({ match }) => teamsOf(match))).toEqual([
      [
        ["ann", "bob"],
        ["eve", "fay"],
      ],
    ]);
  });
});

describe("what does not ask", () => {
  it("a strategy that ignores the limits has its pass dropped, the rule named, and loses nobody", async () => {
    const strategy = defineStrategy({
      propose: ([one, other]) => (one && other ? [{ teams: [[one], [other]], quality: 1 }] : []),
    });
    const { matchmaker, clock } = await world({
      queues: { duel: { strategy, limits: [recentOpponents({ withinMs: 5_000 })] } },
    });
    const errors = heard(matchmaker, "error");
    const matches = heard(matchmaker, "match.settled");
    const join = (id: string) =>
      matchmaker.join("duel", {
        players: [{ id, rating: 1, attributes: { recentOpponents: { ann: START } } }],
      });
    await join("ann");
    await join("bob");
    await clock.settle();
    expect(errors.map(({ error }) => [error.code, error.received])).toEqual([
      ["INVALID_PROPOSAL", "recentOpponents"],
    ]);
    expect(errors[0]?.error.remedy).toContain("last argument");
    expect(matchmaker.health().waiting).toBe(2);
    // Asked again in a while, it no longer breaks the limit.
    await clock.advance(6_000);
    expect(matches).toHaveLength(1);
    expect(errors).toHaveLength(1);
  });

  it.each<[string, () => never]>([
    [
      "throws",
      () => {
        throw new Error("no map");
      },
    ],
    ["is none", () => 7 as never],
  ])("a limit whose region %s fails the pass and not the pool, and is told of once", async (_how, region) => {
    const lost = defineLimit({ rule: "lost", among: () => true, region });
    const { matchmaker, clock, problems } = await world({
      queues: { duel: { strategy: new Fifo(), limits: [lost] } },
    });
    for (const id of ["ann", "bob"]) await matchmaker.join("duel", { players: [{ id, rating: 1 }] });
    await clock.advance(5_000);
    expect(problems).toEqual(["STRATEGY_FAILED"]);
    expect(matchmaker.health()).toMatchObject({ status: "ready", waiting: 2 });
  });

  it("a limit that answers nothing permits nothing, and says so", async () => {
    const forgetful = defineLimit({ rule: "forgetful", between: () => undefined as never });
    const { matchmaker, clock } = await world({
      queues: { duel: { strategy: inOrder(), limits: [forgetful] } },
    });
    const errors = heard(matchmaker, "error");
    for (const id of ["ann", "bob"]) await matchmaker.join("duel", { players: [{ id, rating: 1 }] });
    await clock.settle();
    expect(matchmaker.health().waiting).toBe(2);
    expect(errors.map(({ error }) => error.code)).toEqual(["STRATEGY_FAILED"]);
    expect(errors[0]?.error.message).toContain("forgetful");
  });
});
