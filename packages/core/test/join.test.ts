import {
  EvenmatchError,
  Fifo,
  MemoryTicketStore,
  OneVsOne,
  TeamBalance,
  type ErrorCode,
} from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { solo, teamsOf, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }), duo: new Fifo({ teams: 2, teamSize: 2 }) };

async function refusal(run: Promise<unknown>): Promise<{ code: ErrorCode; message: string }> {
  const error = await run.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof EvenmatchError)) throw new Error(`expected a refusal, got ${String(error)}`);
  expect(error.message).toMatch(/\. .+\.$/);
  return error;
}

describe("join", () => {
  it("answers with a ticket that waits", async () => {
    const { matchmaker, clock } = await world({ queues });
    const ticket = await matchmaker.join("classic", solo("ann", 1510, "eu"));
    expect(ticket).toMatchObject({
      queue: "classic",
      region: "eu",
      joinedAt: clock.now(),
      players: [{ id: "ann", rating: 1510 }],
    });
    expect(ticket.id).toMatch(
      /^classic\.eu\.[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toMatchObject({
      ticket,
      state: "waiting",
    });
  });

  it("matches two who fit, at once, and tells both once", async () => {
    const { matchmaker } = await world({ queues });
    const matches: string[][][] = [];
    matchmaker.on("match", (match) => matches.push(teamsOf(match)));
    const [ann, bob] = await Promise.all([
      matchmaker.find("classic", solo("ann", 1510)),
      matchmaker.find("classic", solo("bob", 1490)),
    ]);
    expect(ann).toBe(bob);
    expect(matches).toEqual([[["bob"], ["ann"]]]);
  });

  it("keeps players of two regions apart", async () => {
    const { matchmaker, clock } = await world({ queues });
    await matchmaker.join("classic", solo("ann", 1500, "eu"));
    await matchmaker.join("classic", solo("bob", 1500, "us"));
    await clock.advance(60_000);
    expect(matchmaker.health()).toMatchObject({ pools: 2, waiting: 2 });
  });

  it("keeps parties whole", async () => {
    const { matchmaker } = await world({ queues });
    const party = {
      players: [
        { id: "ann", rating: 1 },
        { id: "bob", rating: 2 },
      ],
    };
    const found = matchmaker.find("duo", solo("cid"));
    await matchmaker.join("duo", party);
    await matchmaker.join("duo", solo("dan"));
    expect(teamsOf(await found)).toEqual([
      ["ann", "bob"],
      ["cid", "dan"],
    ]);
  });

  it("copies what the caller sent", async () => {
    const { matchmaker } = await world({ queues });
    const player = { id: "ann", rating: 1500, attributes: { tags: ["a"] } };
    const request = { players: [player] };
    const ticket = await matchmaker.join("classic", request);
    player.rating = 0;
    player.attributes.tags.push("b");
    request.players.push({ id: "bob", rating: 1, attributes: { tags: [] } });
    expect(ticket.players).toEqual([{ id: "ann", rating: 1500, attributes: { tags: ["a"] } }]);
  });
});

describe("a request that cannot be meant", () => {
  const cases: [ErrorCode, string, unknown][] = [
    ["INVALID_REQUEST", "no object", null],
    ["INVALID_REQUEST", "a list", []],
    ["INVALID_PLAYERS", "no players", {}],
    ["INVALID_PLAYERS", "an empty list", { players: [] }],
    [
      "INVALID_PLAYERS",
      "too many players",
      {
        players: [
          { id: "a", rating: 1 },
          { id: "b", rating: 1 },
        ],
      },
    ],
    ["INVALID_PLAYERS", "a player that is no object", { players: ["ann"] }],
    ["INVALID_PLAYERS", "no id", { players: [{ rating: 1 }] }],
    ["INVALID_PLAYERS", "an empty id", { players: [{ id: "", rating: 1 }] }],
    ["INVALID_PLAYERS", "an id that is no text", { players: [{ id: 7, rating: 1 }] }],
    ["INVALID_PLAYERS", "an endless id", { players: [{ id: "x".repeat(257), rating: 1 }] }],
    ["INVALID_RATING", "no rating", { players: [{ id: "ann" }] }],
    ["INVALID_RATING", "NaN", { players: [{ id: "ann", rating: Number.NaN }] }],
    ["INVALID_RATING", "an infinite rating", { players: [{ id: "ann", rating: Infinity }] }],
    ["INVALID_RATING", "a rating as text", { players: [{ id: "ann", rating: "1500" }] }],
    ["INVALID_RATING", "a negative deviation", { players: [{ id: "ann", rating: 1, deviation: -1 }] }],
    ["INVALID_REGION", "an empty region", { region: "", players: [{ id: "ann", rating: 1 }] }],
    ["INVALID_REGION", "a region with a dot", { region: "eu.west", players: [{ id: "ann", rating: 1 }] }],
    ["INVALID_REGION", "a region that is no text", { region: 7, players: [{ id: "ann", rating: 1 }] }],
    ["INVALID_REGION", "an endless region", { region: "x".repeat(65), players: [{ id: "ann", rating: 1 }] }],
    [
      "INVALID_ATTRIBUTE",
      "attributes that are no object",
      { players: [{ id: "ann", rating: 1, attributes: "x" }] },
    ],
    [
      "INVALID_ATTRIBUTE",
      "an attribute that is a function",
      { players: [{ id: "ann", rating: 1, attributes: { f: () => 1 } }] },
    ],
    [
      "INVALID_ATTRIBUTE",
      "an attribute that is NaN",
      { players: [{ id: "ann", rating: 1, attributes: { f: Number.NaN } }] },
    ],
    [
      "INVALID_ATTRIBUTE",
      "a mixed list",
      { players: [{ id: "ann", rating: 1, attributes: { f: [1, "a"] } }] },
    ],
  ];
  it.each(cases)("%s for %s", async (code, _what, request) => {
    const { matchmaker } = await world({ queues });
    expect((await refusal(matchmaker.join("classic", request as never))).code).toBe(code);
    expect(matchmaker.health()).toMatchObject({ pools: 0, waiting: 0, watched: 0 });
  });

  it("INVALID_PLAYERS for a party of a size that the strategy does not allow", async () => {
    const trios = new TeamBalance({ teams: 2, teamSize: 3, maxRatingSpread: 100, partySizes: [1, 3] });
    const { matchmaker } = await world({ queues: { trios } });
    const party = (...ids: string[]): object => ({ players: ids.map((id) => ({ id, rating: 1 })) });
    const two = await refusal(matchmaker.join("trios", party("ann", "bob") as { players: [] }));
    expect(two).toMatchObject({ code: "INVALID_PLAYERS", received: 2 });
    expect(two.message).toMatch(/sizes: 1, 3/);
    expect(
      await refusal(matchmaker.join("trios", party("ann", "bob", "cid", "dee") as { players: [] })),
    ).toMatchObject({
      code: "INVALID_PLAYERS",
    });
    await matchmaker.join("trios", party("ann", "bob", "cid") as { players: [] });
    expect(matchmaker.health()).toMatchObject({ waiting: 1 });
  });

  it("INVALID_PLAYERS for a player who is in a party twice", async () => {
    const { matchmaker } = await world({ queues });
    const request = {
      players: [
        { id: "ann", rating: 1 },
        { id: "ann", rating: 2 },
      ],
    };
    expect((await refusal(matchmaker.join("duo", request))).code).toBe("INVALID_PLAYERS");
  });

  it("UNKNOWN_QUEUE names the queues there are", async () => {
    const { matchmaker } = await world({ queues });
    const { code, message } = await refusal(matchmaker.join("clasic" as "classic", solo("ann")));
    expect([code, message]).toEqual(["UNKNOWN_QUEUE", expect.stringContaining("classic, duo")]);
  });

  it("INVALID_REQUEST for a request id that is none", async () => {
    const { matchmaker } = await world({ queues });
    for (const requestId of ["", 7, "x".repeat(257)]) {
      expect(
        (await refusal(matchmaker.join("classic", solo("ann"), { requestId: requestId as string }))).code,
      ).toBe("INVALID_REQUEST");
    }
    expect(matchmaker.health().waiting).toBe(0);
  });
});

describe("a player who already waits", () => {
  it("is rejected with the ticket", async () => {
    const { matchmaker } = await world({ queues });
    const ticket = await matchmaker.join("classic", solo("ann"));
    const again = matchmaker.join("classic", solo("ann", 1900, "us"));
    await expect(again).rejects.toMatchObject({ code: "ALREADY_WAITING", ticket, retryable: false });
    expect(matchmaker.health()).toMatchObject({ waiting: 1, watched: 1 });
  });

  it("is rejected as a member of a party, too, and in any place of it", async () => {
    const { matchmaker } = await world({ queues });
    await matchmaker.join("duo", solo("bob"));
    const party = {
      players: [
        { id: "ann", rating: 1 },
        { id: "bob", rating: 2 },
      ],
    };
    await expect(matchmaker.join("duo", party)).rejects.toMatchObject({ code: "ALREADY_WAITING" });
  });

  it("may wait in another queue", async () => {
    const { matchmaker } = await world({ queues });
    await matchmaker.join("classic", solo("ann"));
    await expect(matchmaker.join("duo", solo("ann"))).resolves.toMatchObject({ queue: "duo" });
  });

  it("refuses an onDuplicate that there is not, also where nobody is in the way", async () => {
    const { matchmaker } = await world({ queues });
    const joining = matchmaker.join("classic", solo("ann"), { onDuplicate: "ignore" as "return" });
    await expect(joining).rejects.toMatchObject({ code: "INVALID_OPTIONS", received: "ignore" });
    expect(matchmaker.health().waiting).toBe(0);
  });

  it("gets the ticket with onDuplicate: return", async () => {
    const { matchmaker } = await world({ queues });
    const ticket = await matchmaker.join("classic", solo("ann"));
    expect(await matchmaker.join("classic", solo("ann"), { onDuplicate: "return" })).toEqual(ticket);
  });

  it("starts anew with onDuplicate: replace", async () => {
    const { matchmaker, clock } = await world({ queues });
    const first = await matchmaker.join("classic", solo("ann", 1000, "eu"));
    await clock.advance(5);
    const second = await matchmaker.join("classic", solo("ann", 2000, "us"), { onDuplicate: "replace" });
    expect(second.id).not.toBe(first.id);
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toMatchObject({
      ticket: { id: second.id },
    });
    expect(await matchmaker.leave(first.id)).toBe("left");
  });
});

describe("a join that is sent again", () => {
  it("returns the same ticket for the same requestId, ended or not", async () => {
    const { matchmaker, clock } = await world({ queues });
    const ticket = await matchmaker.join("classic", solo("ann"), { requestId: "r1" });
    expect(await matchmaker.join("classic", solo("ann"), { requestId: "r1" })).toEqual(ticket);
    await matchmaker.leave(ticket.id);
    await clock.advance(599_999);
    expect(await matchmaker.join("classic", solo("ann"), { requestId: "r1" })).toEqual(ticket);
    await clock.advance(1);
    expect((await matchmaker.join("classic", solo("ann"), { requestId: "r1" })).id).not.toBe(ticket.id);
  });

  it("finds the match of a ticket that was matched meanwhile", async () => {
    const { matchmaker } = await world({ queues });
    await matchmaker.join("classic", solo("ann"), { requestId: "r1" });
    const match = await matchmaker.find("classic", solo("bob"));
    expect(await matchmaker.find("classic", solo("ann"), { requestId: "r1" })).toEqual(match);
  });

  it("does not give another player's equal request id their ticket", async () => {
    const { matchmaker } = await world({ queues });
    const ann = await matchmaker.join("classic", solo("ann", 1000), { requestId: "1" });
    const bob = await matchmaker.join("classic", solo("bob", 2000), { requestId: "1" });
    expect(bob.id).not.toBe(ann.id);
  });
});

describe("the bound on a pool", () => {
  it("refuses with POOL_FULL, and takes again when somebody has left", async () => {
    const { matchmaker } = await world({
      queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 0 }), maxWaiting: 2 } },
    });
    const first = await matchmaker.join("classic", solo("a", 1));
    await matchmaker.join("classic", solo("b", 2));
    await expect(matchmaker.join("classic", solo("c", 3))).rejects.toMatchObject({
      code: "POOL_FULL",
      retryable: true,
    });
    await expect(matchmaker.join("classic", solo("c", 3, "us"))).resolves.toBeDefined();
    await matchmaker.leave(first.id);
    await expect(matchmaker.join("classic", solo("d", 4))).resolves.toBeDefined();
  });
});

describe("leave", () => {
  it("wins against no claim, loses against a claim, and knows nothing of what never was", async () => {
    const { matchmaker } = await world({ queues });
    const ann = await matchmaker.join("classic", solo("ann"));
    expect(await matchmaker.leave(ann.id)).toBe("left");
    expect(await matchmaker.leave(ann.id)).toBe("left");
    const bob = await matchmaker.join("classic", solo("bob"));
    await matchmaker.find("classic", solo("cid"));
    expect(await matchmaker.leave(bob.id)).toBe("claimed");
    expect(await matchmaker.leave("classic.global.nonsense")).toBe("unknown");
    expect(await matchmaker.leave("")).toBe("unknown");
    expect(await matchmaker.leave("a.b.c.d.e")).toBe("unknown");
  });
});

describe("find", () => {
  it("leaves when it is aborted", async () => {
    const { matchmaker, clock } = await world({ queues });
    const given = new AbortController();
    const found = matchmaker.find("classic", solo("ann"), { signal: given.signal });
    await clock.settle();
    given.abort(new Error("bored"));
    await expect(found).rejects.toThrow("bored");
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
    expect(matchmaker.health()).toMatchObject({ waiting: 0, watched: 0 });
  });

  it("leaves nothing behind when it is aborted before its join is answered", async () => {
    const { matchmaker, clock } = await world({ queues });
    const given = new AbortController();
    const found = matchmaker.find("classic", solo("ann"), { signal: given.signal });
    given.abort(new Error("bored"));
    await expect(found).rejects.toThrow("bored");
    await clock.settle();
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
    expect(matchmaker.health()).toMatchObject({ waiting: 0, watched: 0 });
  });

  it("does nothing when it is aborted before", async () => {
    const { matchmaker } = await world({ queues });
    await expect(
      matchmaker.find("classic", solo("ann"), { signal: AbortSignal.abort(new Error("no")) }),
    ).rejects.toThrow("no");
    expect(matchmaker.health()).toMatchObject({ waiting: 0, watched: 0 });
  });

  it("resolves all the same when the claim was faster", async () => {
    const { matchmaker, clock } = await world({
      queues: { ready: { strategy: new Fifo(), acceptance: { timeoutMs: 1_000 } } },
    });
    const given = new AbortController();
    const found = matchmaker.find("ready", solo("ann"), { signal: given.signal });
    const other = matchmaker.find("ready", solo("bob"));
    const asked: string[] = [];
    matchmaker.on("readyCheck", ({ id }) => asked.push(id));
    await clock.settle();
    given.abort(new Error("too late"));
    await clock.settle();
    for (const player of ["ann", "bob"])
      expect(await matchmaker.accept(asked[0] as string, player)).toBe("recorded");
    expect(await found).toEqual(await other);
  });

  it("rejects when the match that was faster falls through, and does not go back to waiting", async () => {
    const { matchmaker, clock } = await world({
      queues: { ready: { strategy: new Fifo(), acceptance: { timeoutMs: 1_000 } } },
    });
    const given = new AbortController();
    const found = matchmaker.find("ready", solo("ann"), { signal: given.signal });
    const other = matchmaker.find("ready", solo("bob"));
    other.catch(() => {});
    await clock.settle();
    given.abort(new Error("bored"));
    await clock.settle();
    const rejected = expect(found).rejects.toThrow("bored");
    await clock.advance(1_000);
    await rejected;
    expect(matchmaker.health().waiting).toBe(0);
  });

  it("rejects with ALREADY_WAITING without a trace", async () => {
    const { matchmaker } = await world({ queues });
    await matchmaker.join("classic", solo("ann"));
    await expect(matchmaker.find("classic", solo("ann"))).rejects.toMatchObject({ code: "ALREADY_WAITING" });
    expect(matchmaker.health().watched).toBe(1);
  });
});

describe("expiry", () => {
  it("ends a ticket at its time to live, to the millisecond", async () => {
    const { matchmaker, clock } = await world({
      queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 1 }), ticketTtlMs: 1_000 } },
    });
    const ended: string[] = [];
    matchmaker.on("ended", ({ state }) => ended.push(state));
    const found = matchmaker.find("classic", solo("ann"));
    const rejected = expect(found).rejects.toMatchObject({ code: "TICKET_EXPIRED" });
    await clock.advance(999);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual(["expired"]);
    await rejected;
    expect(matchmaker.health().waiting).toBe(0);
  });

  it("ends a ticket without heartbeats, and keeps one with them", async () => {
    const { matchmaker, clock } = await world({
      queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 1 }), heartbeatMs: 1_000 } },
    });
    const ann = await matchmaker.join("classic", solo("ann", 1));
    const bob = await matchmaker.join("classic", solo("bob", 100));
    for (let beat = 0; beat < 5; beat++) {
      await clock.advance(600);
      expect(await matchmaker.heartbeat([ann.id])).toEqual(["live"]);
    }
    expect(await matchmaker.heartbeat([ann.id, bob.id, "x.y.z"])).toEqual(["live", "ended", "ended"]);
    expect(matchmaker.health().waiting).toBe(1);
    await clock.advance(1_000);
    expect(matchmaker.health().waiting).toBe(0);
  });

  it("does not expire a ticket on a store that has seen a heartbeat the owner has not", async () => {
    const tickets = new MemoryTicketStore();
    const { matchmaker, clock } = await world({
      tickets,
      queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 1 }), heartbeatMs: 1_000 } },
    });
    const ann = await matchmaker.join("classic", solo("ann"));
    const now = clock.now();
    // At the very instant of the deadline both are under way: whichever the store sees first counts.
    await Promise.all([
      clock.advance(1_000),
      tickets.submit([{ type: "beat", ticketId: ann.id }], { now: now + 999 }),
    ]);
    expect((await matchmaker.ticketOf("ann", { queue: "classic" }))?.state).toBe("waiting");
    await clock.advance(999);
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
  });
});
