import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { again, serve, signIn, sit, type Tab } from "./table.js";

const CLASSIC = { queue: "classic", region: "eu" } as const;
const SOLO = { queue: "solo", region: "na" } as const;

describe("a match", () => {
  it("is told to both players, with teams and names", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann", 1500), await sit(server, "Bob", 1550)];
    expect(await ann.call("join", CLASSIC)).toMatchObject({
      ok: true,
      ticket: { queue: "classic", region: "eu" },
    });
    expect(await bob.call("join", CLASSIC)).toMatchObject({ ok: true });
    const match = await ann.hears("match_found");
    expect(await bob.hears("match_found")).toEqual(match);
    expect(match).toMatchObject({ queue: "classic", region: "eu", quality: 0.5 });
    const players = match.teams.map((team) => team.flatMap((ticket) => ticket.players));
    expect(players).toEqual([
      [{ id: ann.player.id, name: "Ann", rating: 1500 }],
      [{ id: bob.player.id, name: "Bob", rating: 1550 }],
    ]);
    expect(await ann.call("status", {})).toMatchObject({ status: { ticket: null, lastMatch: match } });
  });

  it("is not made across regions, nor too far apart", async () => {
    const server = await serve();
    const [ann, bob, cid] = [
      await sit(server, "Ann"),
      await sit(server, "Bob"),
      await sit(server, "Cid", 1700),
    ];
    await ann.call("join", CLASSIC);
    await bob.call("join", { queue: "classic", region: "na" });
    await cid.call("join", CLASSIC);
    for (const tab of [ann, bob, cid]) {
      expect(await tab.call("leave", {})).toMatchObject({ ok: true, outcome: "left" });
      expect(await tab.hears("ended")).toMatchObject({ state: "left" });
      expect(tab.told("match_found")).toEqual([]);
    }
  });

  it("lets a player join again at once after leaving", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    for (let round = 0; round < 5; round++) {
      expect(await ann.call("join", CLASSIC)).toMatchObject({ ok: true });
      expect(await ann.call("leave", {})).toMatchObject({ ok: true, outcome: "left" });
    }
  });
});

describe("a ready check", () => {
  async function asked(): Promise<{ ann: Tab; bob: Tab; matchId: string }> {
    const server = await serve({ ACCEPT_MS: "60000" });
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    await ann.call("join", SOLO);
    await bob.call("join", SOLO);
    const { match, leftMs } = await ann.hears("ready_check");
    await bob.hears("ready_check");
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
    return { ann, bob, matchId: match.matchId };
  }

  it("that all accept ends in the match", async () => {
    const { ann, bob, matchId } = await asked();
    expect(await ann.call("accept", { matchId })).toEqual({ ok: true, outcome: "recorded" });
    expect(await bob.hears("answered")).toEqual({ matchId, playerId: ann.player.id, accepted: true });
    expect(await ann.call("accept", { matchId })).toEqual({ ok: true, outcome: "already" });
    expect(await bob.call("accept", { matchId })).toEqual({ ok: true, outcome: "recorded" });
    expect(await ann.hears("match_found")).toMatchObject({ matchId });
    expect(await bob.hears("match_found")).toMatchObject({ matchId });
  });

  it("that one declines sends the other back to the same place", async () => {
    const { ann, bob, matchId } = await asked();
    const before = await ann.call("status", {});
    expect(await bob.call("decline", { matchId })).toEqual({ ok: true, outcome: "recorded" });
    expect(await bob.hears("ended")).toMatchObject({ state: "left", reason: "declined" });
    const { ticket } = await ann.hears("released");
    expect(before).toMatchObject({ status: { ticket: { ticketId: ticket.ticketId } } });
    expect(await ann.call("accept", { matchId })).toEqual({ ok: true, outcome: "closed" });
    expect(await ann.call("status", {})).toMatchObject({
      status: { readyCheck: null, ticket: { queue: "solo" } },
    });
  });

  it("that one does not answer ends without them, and sends the other back", async () => {
    const server = await serve({ ACCEPT_MS: "3000" });
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    // As soon as she is asked, whatever else takes its time.
    ann.socket.on("ready_check", ({ match }) => void ann.call("accept", { matchId: match.matchId }));
    await ann.call("join", SOLO);
    await bob.call("join", SOLO);
    const { matchId } = (await bob.hears("ready_check")).match;
    expect(await ann.hears("released")).toMatchObject({ matchId, reason: "unanswered" });
    expect(await bob.hears("ended")).toMatchObject({ state: "left", reason: "unanswered" });
  });
});

describe("a connection that is lost", () => {
  it("finds everything as it was when it is back in time", async () => {
    const server = await serve({ GRACE_MS: "60000" });
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const joined = await ann.call("join", SOLO);
    await ann.cut();
    await bob.call("join", SOLO);
    const { match } = await bob.hears("ready_check");
    const back = await again(server, ann);
    expect(await back.call("status", {})).toMatchObject({
      status: {
        player: ann.player,
        ticket: { ticketId: joined.ok ? joined.ticket.ticketId : "" },
        readyCheck: { match, answers: {} },
      },
    });
    await back.call("accept", { matchId: match.matchId });
    await bob.call("accept", { matchId: match.matchId });
    expect(await back.hears("match_found")).toMatchObject({ matchId: match.matchId });
  });

  it("is told of the match that was made meanwhile", async () => {
    const server = await serve({ GRACE_MS: "60000" });
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    await ann.call("join", CLASSIC);
    await ann.cut();
    await bob.call("join", CLASSIC);
    const match = await bob.hears("match_found");
    const back = await again(server, ann);
    expect(await back.call("status", {})).toMatchObject({ status: { ticket: null, lastMatch: match } });
  });

  it("gives the place up after the grace period", async () => {
    const server = await serve({ GRACE_MS: "100" });
    const ann = await sit(server, "Ann");
    const ended = new Promise<string>((resolve) =>
      server.matchmaker.on("ended", ({ ticket }) => resolve(ticket.id)),
    );
    const joined = await ann.call("join", CLASSIC);
    await ann.cut();
    expect(await ended).toBe(joined.ok && joined.ticket.ticketId);
    const back = await again(server, ann);
    expect(await back.call("status", {})).toMatchObject({ status: { ticket: null } });
  });

  it("keeps the place while another tab of the player is there", async () => {
    const server = await serve({ GRACE_MS: "0" });
    const ann = await sit(server, "Ann");
    const tab = await again(server, ann);
    await ann.call("join", CLASSIC);
    await ann.cut();
    // What follows the grace period of a player who is gone altogether shows that this one has passed, too.
    const bob = await sit(server, "Bob", 1900);
    await bob.call("join", CLASSIC);
    const ended = new Promise<string>((resolve) =>
      server.matchmaker.on("ended", ({ ticket }) => resolve(ticket.players[0]!.id)),
    );
    await bob.cut();
    expect(await ended).toBe(bob.player.id);
    expect(await tab.call("status", {})).toMatchObject({ status: { ticket: { queue: "classic" } } });
  });
});

describe("a second tab", () => {
  it("hears everything that the first does", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const tab = await again(server, ann);
    await ann.call("join", SOLO);
    expect(await tab.hears("joined")).toMatchObject({ queue: "solo" });
    await bob.call("join", SOLO);
    const { match } = await tab.hears("ready_check");
    await ann.call("accept", { matchId: match.matchId });
    expect(await tab.hears("answered")).toMatchObject({ playerId: ann.player.id });
    await bob.call("accept", { matchId: match.matchId });
    expect(await tab.hears("match_found")).toEqual(await ann.hears("match_found"));
  });
});

describe("a party", () => {
  it("is formed by its code, waits as one and plays on one side", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const made = await ann.call("createParty", {});
    const code = made.ok ? made.party.code : "";
    expect(await ann.code("join", { queue: "duo", region: "eu", party: code })).toBe("ALONE_IN_PARTY");
    expect(await bob.call("joinParty", { code: code.toLowerCase() })).toMatchObject({
      ok: true,
      party: { code },
    });
    await ann.hears("party");
    expect((await ann.hears("party"))?.players.map(({ name }) => name)).toEqual(["Ann", "Bob"]);

    expect(await bob.code("join", { queue: "duo", region: "eu", party: code })).toBe("NOT_THE_LEADER");
    expect(await ann.code("join", { ...CLASSIC, party: code })).toBe("PARTY_TOO_LARGE");
    expect(await (await sit(server, "Cid")).code("joinParty", { code })).toBe("PARTY_FULL");
    await ann.call("join", { queue: "duo", region: "eu", party: code });
    expect((await bob.hears("joined")).players.map(({ name }) => name)).toEqual(["Ann", "Bob"]);
    expect(await bob.code("join", CLASSIC)).toBe("WAITING_ELSEWHERE");

    const others = [await sit(server, "Dee"), await sit(server, "Eve")];
    for (const tab of others) await tab.call("join", { queue: "duo", region: "eu" });
    const { match } = await bob.hears("ready_check");
    for (const tab of [ann, bob, ...others]) await tab.call("accept", { matchId: match.matchId });
    const { teams } = await bob.hears("match_found");
    const sides = teams.map((team) => team.flatMap(({ players }) => players.map(({ name }) => name)));
    expect(sides).toContainEqual(["Ann", "Bob"]);
  });

  it("leaves as one, and ends with its leader", async () => {
    const server = await serve({ GRACE_MS: "50" });
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const made = await ann.call("createParty", {});
    const code = made.ok ? made.party.code : "";
    await bob.call("joinParty", { code });
    await bob.hears("party");
    await ann.call("join", { queue: "duo", region: "eu", party: code });
    await bob.call("leave", {});
    expect(await ann.hears("ended")).toMatchObject({ state: "left" });
    await ann.cut();
    expect(await bob.hears("party")).toBeNull();
    expect(await bob.code("joinParty", { code })).toBe("NO_SUCH_PARTY");
  });
});

describe("signing in", () => {
  it("gives a token, and each sign-in is a player of its own", async () => {
    const server = await serve();
    const [one, other] = [await signIn(server, "  Ann "), await signIn(server, "Ann")];
    expect(one.player).toMatchObject({ name: "Ann", rating: 1500 });
    expect(one.player.id).not.toBe(other.player.id);
  });

  it("takes a rating only where that is allowed", async () => {
    await expect(signIn(await serve(), "Ann", 2000)).rejects.toThrow("The rating is the server's to say");
    expect((await signIn(await serve({ ALLOW_RATING: "1" }), "Ann", 2000)).player.rating).toBe(2000);
  });
});

describe("closing", () => {
  it("does not wait for a connection on which nobody has asked for anything", async () => {
    const server = await serve();
    const { port, hostname } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    // The server has seen it once it answers another.
    await signIn(server, "Ann");
    const cut = once(socket, "close");
    await server.close();
    await cut;
  });
});
