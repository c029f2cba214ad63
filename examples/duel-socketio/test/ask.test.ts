import { describe, expect, it } from "vitest";
import { again, serve, sit, type Tab } from "./table.js";

const CLASSIC = { queue: "classic", region: "eu" } as const;

describe("the board of a region", () => {
  it("shows who waits in each mode, now and from now on, without names", async () => {
    const server = await serve();
    const [ann, bob, cid] = [
      await sit(server, "Ann", 1500),
      await sit(server, "Bob", 1900),
      await sit(server, "Cid", 1700),
    ];
    await ann.call("join", CLASSIC);
    const reply = await cid.call("board", { region: "eu" });
    expect(reply).toMatchObject({
      ok: true,
      board: {
        region: "eu",
        pools: { classic: { waiting: 1, ratings: [1500] }, blitz: { waiting: 0, ratings: [] } },
      },
    });
    await bob.call("join", CLASSIC);
    const { pools } = await cid.hears("board");
    expect(pools.classic).toEqual({ waiting: 2, ratings: [1500, 1900] });
    expect(JSON.stringify(pools)).not.toContain("Ann");
    expect(ann.told("board")).toEqual([]);
  });

  it("takes the place of the one that was looked at before", async () => {
    const server = await serve();
    const [ann, eve] = [await sit(server, "Ann"), await sit(server, "Eve")];
    await eve.call("board", { region: "eu" });
    await eve.call("board", { region: "na" });
    await ann.call("join", CLASSIC);
    const bob = await sit(server, "Bob");
    await bob.call("join", { queue: "classic", region: "na" });
    expect(await eve.hears("board")).toMatchObject({ region: "na" });
    expect(eve.told("board")).toEqual([]);
  });

  it("does not count who is asked to accept, and counts them again when it falls through", async () => {
    const server = await serve();
    const [ann, bob, eve] = [await sit(server, "Ann"), await sit(server, "Bob"), await sit(server, "Eve")];
    for (const tab of [ann, bob]) await tab.call("join", { queue: "solo", region: "eu" });
    const { match } = await ann.hears("ready_check");
    const waiting = async (): Promise<number> => {
      const reply = await eve.call("board", { region: "eu" });
      return reply.ok ? reply.board.pools.solo.waiting : -1;
    };
    expect(await waiting()).toBe(0);
    await bob.call("decline", { matchId: match.matchId });
    await ann.hears("released");
    expect(await waiting()).toBe(1);
  });
});

describe("a question", () => {
  async function explained(tab: Tab): Promise<unknown> {
    const reply = await tab.call("explain", {});
    if (!reply.ok) throw new Error(reply.error.message);
    return reply.explanation;
  }

  it("why one waits is answered to who waits, and says nothing of whose the other tickets are", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann", 1500), await sit(server, "Bob", 1700)];
    const joined = await ann.call("join", CLASSIC);
    const other = await bob.call("join", CLASSIC);
    const ids = [joined, other].map((reply) => (reply.ok ? reply.ticket.ticketId : ""));
    const explanation = await explained(ann);
    expect(explanation).toEqual({
      ticketId: ids[0],
      nearest: [200],
      group: 2,
      blockedBy: [{ rule: "maxRatingGap", limit: 100, value: 200 }],
      givesWayInMs: null,
    });
    expect(JSON.stringify(explanation)).not.toContain(ids[1]);
    expect(await explained(await again(server, ann))).toEqual(explanation);
  });

  it("why a party waits is answered to each of its members", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const made = await ann.call("createParty", {});
    const party = made.ok ? made.party.code : "";
    await bob.call("joinParty", { code: party });
    const joined = await ann.call("join", { queue: "duo", region: "eu", party });
    expect(await explained(bob)).toMatchObject({
      ticketId: joined.ok ? joined.ticket.ticketId : "",
      blockedBy: [{ rule: "players", limit: 4, value: 2 }],
    });
  });

  it("about nothing, or about somebody else's ticket, is refused", async () => {
    const server = await serve();
    const [ann, eve] = [await sit(server, "Ann"), await sit(server, "Eve")];
    const joined = await ann.call("join", CLASSIC);
    const ticketId = joined.ok ? joined.ticket.ticketId : "";
    expect(await eve.code("explain", {})).toBe("NOT_WAITING");
    expect(await eve.code("explain", { ticketId })).toBe("INVALID_PAYLOAD");
    await eve.call("join", { queue: "solo", region: "eu" });
    expect(await eve.code("explain", { ticketId })).toBe("INVALID_PAYLOAD");
    expect(await explained(eve)).not.toMatchObject({ ticketId });
  });

  it("why a match waits that is being accepted has no answer", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    for (const tab of [ann, bob]) await tab.call("join", { queue: "solo", region: "eu" });
    await ann.hears("ready_check");
    expect(await explained(ann)).toBeNull();
  });

  it("how long one would wait is answered for every mode, by what was seen", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const before = await ann.call("estimate", { region: "eu" });
    expect(before).toMatchObject({ ok: true, estimates: { classic: null, tournament: null } });
    for (const tab of [ann, bob]) await tab.call("join", CLASSIC);
    await ann.hears("match_found");
    const after = await ann.call("estimate", { region: "eu" });
    expect(after).toMatchObject({
      ok: true,
      estimates: { classic: { observed: 2, basis: "fallback", held: null } },
    });
  });

  it("is held at a limit for each player, over all tabs", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    const tab = await again(server, ann);
    const codes: string[] = [];
    for (let count = 0; count < 16; count++) {
      for (const one of [ann, tab]) codes.push(await one.code("estimate", { region: "eu" }));
    }
    expect(codes.filter((code) => code === "ok")).toHaveLength(30);
    expect(await tab.code("explain", {})).toBe("RATE_LIMITED");
    expect(await tab.code("status", {})).toBe("ok");
  });

  const malformed: readonly (readonly [name: string, payload: unknown])[] = [
    ["estimate", {}],
    ["estimate", { region: "mars" }],
    ["estimate", { region: "eu", rating: 3000 }],
    ["board", { region: "__proto__" }],
    ["board", { region: ["eu"] }],
    ["history", { playerId: "ann" }],
    ["explain", []],
  ];
  it.each(malformed)("that is malformed is refused: %s %j", async (name, payload) => {
    const server = await serve();
    expect(await (await sit(server, "Ann")).code(name, payload)).toBe("INVALID_PAYLOAD");
  });
});

it("keeps the last matches of a player, the newest first", async () => {
  const server = await serve({ JOINS_PER_MINUTE: "0" });
  const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
  const played: unknown[] = [];
  for (let round = 0; round < 12; round++) {
    for (const tab of [ann, bob]) await tab.call("join", CLASSIC);
    played.unshift(await ann.hears("match_found"));
    await bob.hears("match_found");
  }
  expect(await ann.call("history", {})).toEqual({ ok: true, matches: played.slice(0, 10) });
  expect(await (await sit(server, "Eve")).call("history", {})).toEqual({ ok: true, matches: [] });
});

describe("GET /api/matches", () => {
  async function get(url: string, token: string, query = ""): Promise<{ status: number; body: unknown }> {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/matches${query}`, { headers });
    return { status: response.status, body: await response.json() };
  }

  it("lists the matches of the player whose token it is, page by page", async () => {
    const server = await serve({ JOINS_PER_MINUTE: "0" });
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const played: unknown[] = [];
    for (let round = 0; round < 5; round++) {
      for (const tab of [ann, bob]) await tab.call("join", CLASSIC);
      played.unshift(await ann.hears("match_found"));
      await bob.hears("match_found");
    }
    const listed: unknown[] = [];
    for (let after = ""; ;) {
      const { status, body } = await get(server.url, ann.token, `?limit=2${after}`);
      expect(status).toBe(200);
      const { matches, next } = body as { matches: unknown[]; next: string | null };
      listed.push(...matches);
      if (next === null) break;
      after = `&after=${encodeURIComponent(next)}`;
    }
    expect(listed).toEqual(played);
    const eve = await sit(server, "Eve");
    expect((await get(server.url, eve.token)).body).toEqual({ ok: true, matches: [], next: null });
  });

  it("is answered to nobody without a sound token, and takes no malformed question", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    expect(await get(server.url, "forged")).toMatchObject({
      status: 401,
      body: { error: { code: "TOKEN_INVALID" } },
    });
    expect((await fetch(`${server.url}/api/matches`)).status).toBe(401);
    for (const query of ["?limit=0", "?limit=101", "?limit=all", "?player=bob", "?after="])
      expect(await get(server.url, ann.token, query), query).toMatchObject({
        status: 400,
        body: { error: { code: "INVALID_PAYLOAD" } },
      });
  });
});
