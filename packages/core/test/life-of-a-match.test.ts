import {
  defineStrategy,
  Fifo,
  MemoryMatchStore,
  MemoryTicketStore,
  OneVsOne,
  type Assignment,
  type Match,
  type MatchStore,
  type Strategy,
} from "@evenmatch/core";
import { describe, expect, it, vi } from "vitest";
import { heard, solo, teamsOf, world } from "./world.js";

const ready = { strategy: new Fifo(), acceptance: { timeoutMs: 1_000 } };

describe("the ready check", () => {
  it("asks, and settles when everyone has accepted", async () => {
    const { matchmaker, clock } = await world({ queues: { ready } });
    const checks: Match[] = [];
    const matches: Match[] = [];
    matchmaker.on("readyCheck", (match) => checks.push(match));
    matchmaker.on("match", (match) => matches.push(match));
    await matchmaker.join("ready", solo("ann"));
    await matchmaker.join("ready", solo("bob"));
    await clock.settle();
    expect(checks).toHaveLength(1);
    const [{ id, acceptBy }] = checks as [Match];
    expect(acceptBy).toBe(clock.now() + 1_000);
    expect(await matchmaker.accept(id, "ann")).toBe("recorded");
    expect(await matchmaker.accept(id, "ann")).toBe("already");
    expect(await matchmaker.accept(id, "eve")).toBe("unknown");
    await clock.settle();
    expect(matches).toEqual([]);
    expect(await matchmaker.accept(id, "bob")).toBe("recorded");
    await clock.settle();
    expect(matches.map((match) => match.id)).toEqual([id]);
    expect(await matchmaker.decline(id, "bob")).toBe("already");
  });

  it("sends away who declined, and keeps the place of the other", async () => {
    const { matchmaker, clock } = await world({ queues: { ready } });
    const ended: string[] = [];
    matchmaker.on("ended", ({ ticket, reason }) => ended.push(`${ticket.players[0]?.id} ${reason}`));
    const released = heard(matchmaker, "ticket.released");
    const ann = await matchmaker.join("ready", solo("ann"));
    await clock.advance(10);
    await matchmaker.join("ready", solo("bob"));
    const id = await askedIn(matchmaker, clock);
    expect(await matchmaker.decline(id, "bob")).toBe("recorded");
    await clock.settle();
    expect(ended).toEqual(["bob declined"]);
    expect(released.map(({ ticket }) => ticket)).toEqual([ann]);
    expect(await matchmaker.accept(id, "ann")).toBe("closed");
    expect(await matchmaker.ticketOf("ann", { queue: "ready" })).toMatchObject({
      ticket: ann,
      state: "waiting",
    });
    expect(await matchmaker.ticketOf("bob", { queue: "ready" })).toBeUndefined();
  });

  it("sends away who was silent, at the deadline", async () => {
    const { matchmaker, clock } = await world({ queues: { ready } });
    const left = heard(matchmaker, "ticket.left");
    await matchmaker.join("ready", solo("ann"));
    await matchmaker.join("ready", solo("bob"));
    await matchmaker.accept(await askedIn(matchmaker, clock), "ann");
    await clock.advance(999);
    expect(left).toEqual([]);
    await clock.advance(1);
    expect(left.map(({ ticket, reason }) => [ticket.players[0]?.id, reason])).toEqual([
      ["bob", "unanswered"],
    ]);
    const next = matchmaker.find("ready", solo("cid"));
    await clock.settle();
    const asked = await askedIn(matchmaker, clock, () => matchmaker.ticketOf("cid", { queue: "ready" }));
    for (const player of ["ann", "cid"]) await matchmaker.accept(asked, player);
    expect(teamsOf(await next)).toEqual([["ann"], ["cid"]]);
  });

  it("does not take an answer at the deadline", async () => {
    const { matchmaker, clock } = await world({ queues: { ready } });
    await matchmaker.join("ready", solo("ann"));
    await matchmaker.join("ready", solo("bob"));
    const id = await askedIn(matchmaker, clock);
    await matchmaker.accept(id, "ann");
    await clock.advance(1_000);
    expect(await matchmaker.accept(id, "bob")).toBe("closed");
  });
});

describe("the allocator", () => {
  const queue = (
    allocate: (match: Match, options: { signal: AbortSignal }) => Assignment | Promise<Assignment>,
  ) => ({
    classic: {
      strategy: new OneVsOne({ maxRatingGap: 100 }),
      allocator: { allocate, timeoutMs: 500, retries: 1, retryDelayMs: 100 },
    },
  });

  it("says where the match is played, before anyone is told of it", async () => {
    const { matchmaker } = await world({
      queues: queue((match) => ({ host: `arena-${match.teams.length}` })),
    });
    void matchmaker.join("classic", solo("ann"));
    expect((await matchmaker.find("classic", solo("bob"))).assignment).toEqual({ host: "arena-2" });
  });

  it("is asked again when it throws", async () => {
    const allocate = vi
      .fn<() => Assignment>(() => ({ host: "second" }))
      .mockImplementationOnce(() => {
        throw new Error("no capacity");
      });
    const { matchmaker, clock } = await world({ queues: queue(allocate) });
    void matchmaker.join("classic", solo("ann"));
    const found = matchmaker.find("classic", solo("bob"));
    await clock.advance(100);
    expect((await found).assignment).toEqual({ host: "second" });
  });

  it.each([
    ["never returns", () => new Promise<Assignment>(() => {})],
    ["returns nonsense", () => "here" as unknown as Assignment],
    ["rejects", () => Promise.reject(new Error("no capacity"))],
  ])("that %s has the tickets released with their place, and an error told", async (_what, allocate) => {
    const { matchmaker, clock, problems } = await world({ queues: queue(allocate) });
    const released = heard(matchmaker, "ticket.released");
    const ann = await matchmaker.join("classic", solo("ann"));
    await matchmaker.join("classic", solo("bob"));
    await clock.advance(2_000);
    expect(released.slice(0, 2).map(({ reason }) => reason)).toEqual(["allocation", "allocation"]);
    expect(problems).toContain("ALLOCATION_FAILED");
    expect((await matchmaker.ticketOf("ann", { queue: "classic" }))?.ticket).toEqual(ann);
  });

  it("that hangs is told to stop", async () => {
    const reasons: unknown[] = [];
    const allocate = (_match: Match, { signal }: { signal: AbortSignal }): Promise<Assignment> => {
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      return new Promise(() => {});
    };
    const { matchmaker, clock } = await world({ queues: queue(allocate) });
    await matchmaker.join("classic", solo("ann"));
    await matchmaker.join("classic", solo("bob"));
    await clock.advance(500);
    expect(reasons).toEqual([new Error("no answer in 500 ms")]);
  });
});

describe("waves", () => {
  it("form matches only at whole multiples, and better ones", async () => {
    const { matchmaker, clock } = await world({
      queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), waveMs: 1_000 } },
    });
    const matches: string[][][] = [];
    matchmaker.on("match", (match) => matches.push(teamsOf(match)));
    await clock.advance(250);
    for (const [id, rating] of [
      ["a", 1000],
      ["b", 1090],
      ["c", 1100],
      ["d", 1010],
    ] as const)
      await matchmaker.join("classic", solo(id, rating));
    await clock.advance(749);
    expect(matches).toEqual([]);
    await clock.advance(1);
    expect(matches).toEqual([
      [["a"], ["d"]],
      [["b"], ["c"]],
    ]);
  });
});

describe("a strategy that errs", () => {
  const two = (id: string): [string, number] => [id, 1500];
  const broken: [string, string, Strategy][] = [
    [
      "throws",
      "STRATEGY_FAILED",
      defineStrategy({
        propose: () => {
          throw new Error("oops");
        },
      }),
    ],
    [
      "throws in nextChange",
      "STRATEGY_FAILED",
      defineStrategy({
        propose: () => [],
        nextChange: () => {
          throw new Error("oops");
        },
      }),
    ],
    [
      "says NaN in nextChange",
      "STRATEGY_FAILED",
      defineStrategy({ propose: () => [], nextChange: () => Number.NaN }),
    ],
    ["returns no list", "INVALID_PROPOSAL", defineStrategy({ propose: () => "x" as never })],
    [
      "returns a proposal without teams",
      "INVALID_PROPOSAL",
      defineStrategy({ propose: () => [{ quality: 1 } as never] }),
    ],
    [
      "returns an empty team",
      "INVALID_PROPOSAL",
      defineStrategy({ propose: ([one]) => (one ? [{ teams: [[one], []], quality: 1 }] : []) }),
    ],
    [
      "returns a quality beyond 1",
      "INVALID_PROPOSAL",
      defineStrategy({ propose: ([one]) => (one ? [{ teams: [[one]], quality: 2 }] : []) }),
    ],
    [
      "returns a foreign ticket",
      "INVALID_PROPOSAL",
      defineStrategy({
        propose: ([one]) => (one ? [{ teams: [[one], [{ ...one, id: "x" }]], quality: 1 }] : []),
      }),
    ],
    [
      "returns one ticket twice",
      "INVALID_PROPOSAL",
      defineStrategy({ propose: ([one]) => (one ? [{ teams: [[one], [one]], quality: 1 }] : []) }),
    ],
    [
      "returns one ticket in two matches",
      "INVALID_PROPOSAL",
      defineStrategy({
        propose: ([one]) =>
          one
            ? [
                { teams: [[one]], quality: 1 },
                { teams: [[one]], quality: 1 },
              ]
            : [],
      }),
    ],
    [
      "splits a party",
      "INVALID_PROPOSAL",
      defineStrategy({
        maxPartySize: 2,
        propose: ([one]) =>
          one ? [{ teams: [[{ ...one, players: one.players.slice(0, 1) }]], quality: 1 }] : [],
      }),
    ],
  ];

  it.each(broken)("and %s drops the pass with %s, and the pool goes on", async (_what, code, strategy) => {
    const { matchmaker, clock, problems } = await world({ queues: { classic: strategy } });
    const ann = await matchmaker.join("classic", solo(...two("ann")));
    await matchmaker.join("classic", solo(...two("bob")));
    await clock.settle();
    // Once per cause, not once per change: a broken strategy must not drown everything else.
    expect(problems).toEqual([code]);
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toMatchObject({
      ticket: ann,
      state: "waiting",
    });
    expect(await matchmaker.leave(ann.id)).toBe("left");
  });

  it("matches again when it has recovered", async () => {
    let fails = true;
    const strategy = defineStrategy({
      propose: ([one, other]) => {
        if (fails) throw new Error("oops");
        return one && other ? [{ teams: [[one], [other]], quality: 1 }] : [];
      },
    });
    const { matchmaker, clock } = await world({ queues: { classic: strategy } });
    void matchmaker.join("classic", solo("ann"));
    await matchmaker.join("classic", solo("bob"));
    fails = false;
    const matches: string[][][] = [];
    matchmaker.on("match", (match) => matches.push(teamsOf(match)));
    await matchmaker.join("classic", solo("cid"));
    await clock.settle();
    expect(matches).toEqual([[["ann"], ["bob"]]]);
  });
});

describe("a match store that fails", () => {
  it("delays no announcement, and gets the match when it is back", async () => {
    const kept = new MemoryMatchStore();
    let isDown = true;
    const matches: MatchStore = {
      save: (batch, options) => (isDown ? Promise.reject(new Error("down")) : kept.save(batch, options)),
      get: (id, options) => kept.get(id, options),
      list: (filter, options) => kept.list(filter, options),
      report: (id, result, options) => kept.report(id, result, options),
    };
    const { matchmaker, clock } = await world({ queues: { classic: new Fifo() }, matches });
    void matchmaker.join("classic", solo("ann"));
    const match = await matchmaker.find("classic", solo("bob"));
    expect(await kept.get(match.id, {})).toBeUndefined();
    isDown = false;
    await clock.advance(5_000);
    expect((await kept.get(match.id, {}))?.match).toEqual(match);
  });
});

/** The id of the ready check that a queue's first waiting pair is in. */
async function askedIn(
  matchmaker: {
    ticketOf(
      player: string,
      options: { queue: "ready" },
    ): Promise<{ matchId?: string | undefined } | undefined>;
  },
  clock: { settle(): Promise<void> },
  look = () => matchmaker.ticketOf("ann", { queue: "ready" }),
): Promise<string> {
  await clock.settle();
  const matchId = (await look())?.matchId;
  if (matchId === undefined) throw new Error("nobody was asked");
  return matchId;
}

describe("a store whose decisions fail for no known reason", () => {
  it("has the pool gained anew, and nobody is stuck", async () => {
    let failures = 3;
    class Store extends MemoryTicketStore {
      override decide(
        ...args: Parameters<MemoryTicketStore["decide"]>
      ): ReturnType<MemoryTicketStore["decide"]> {
        return failures-- > 0 ? Promise.reject(new TypeError("surprise")) : super.decide(...args);
      }
    }
    const { matchmaker, clock, problems } = await world({
      queues: { classic: new Fifo() },
      tickets: new Store(),
    });
    const gained = heard(matchmaker, "pool.gained");
    void matchmaker.join("classic", solo("ann"));
    const found = matchmaker.find("classic", solo("bob"));
    await clock.advance(5_000);
    expect(teamsOf(await found)).toEqual([["ann"], ["bob"]]);
    expect(gained.length).toBeGreaterThan(1);
    expect(new Set(problems)).toEqual(new Set(["STORE_UNAVAILABLE"]));
  });
});
