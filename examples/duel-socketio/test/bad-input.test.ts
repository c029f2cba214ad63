import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DuelServer } from "../src/server.js";
import { now } from "../src/time.js";
import { again, open, postSignIn, SECRET, serve, sit, untyped, type Tab } from "./table.js";

const CLASSIC = { queue: "classic", region: "eu" } as const;

/** Nothing has changed: nobody waits, and the server is well. */
async function expectNothingHappened(server: DuelServer, tab: Tab): Promise<void> {
  expect(await tab.call("status", {})).toMatchObject({ ok: true, status: { ticket: null, party: null } });
  expect(server.matchmaker.health()).toMatchObject({ status: "ready", waiting: 0 });
}

describe("a payload that a call does not take", () => {
  const payloads: readonly (readonly [why: string, name: string, payload: unknown])[] = [
    ["is missing", "join", undefined],
    ["is null", "join", null],
    ["is a text", "join", "classic"],
    ["is a number", "join", 7],
    ["is a list", "join", [CLASSIC]],
    ["has no queue", "join", { region: "eu" }],
    ["names an unknown queue", "join", { ...CLASSIC, queue: "clasic" }],
    ["names a queue by a number", "join", { ...CLASSIC, queue: 1 }],
    ["names a queue as an object has it", "join", { ...CLASSIC, queue: "__proto__" }],
    ["names an unknown region", "join", { ...CLASSIC, region: "mars" }],
    ["has a malformed region", "join", { ...CLASSIC, region: "eu west; drop" }],
    ["says a rating", "join", { ...CLASSIC, rating: 3000 }],
    ["says who plays", "join", { ...CLASSIC, players: [{ id: "somebody", rating: 1500 }] }],
    ["names a ticket to leave", "leave", { ticketId: "classic.eu.1" }],
    ["has no match to accept", "accept", {}],
    ["has a match that is no text", "decline", { matchId: { $ne: "" } }],
    ["has a match id without end", "accept", { matchId: "m".repeat(500) }],
    ["has a party code that is no text", "joinParty", { code: 123456 }],
  ];

  it.each(payloads)("%s (%s)", async (_, name, payload) => {
    const server = await serve();
    const tab = await sit(server, "Ann");
    expect(await tab.code(name, payload)).toBe("INVALID_PAYLOAD");
    await expectNothingHappened(server, tab);
  });

  it("may come without anything, or without asking for a reply", async () => {
    const server = await serve();
    const tab = await sit(server, "Ann");
    expect(await tab.code("join")).toBe("INVALID_PAYLOAD");
    untyped(tab.socket).emit("join", { queue: "nowhere" });
    untyped(tab.socket).emit("join");
    await expectNothingHappened(server, tab);
  });

  it("is cut off when it is huge, and the others play on", async () => {
    const server = await serve();
    const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
    const gone = new Promise((resolve) => ann.socket.once("disconnect", resolve));
    untyped(ann.socket).emit("join", { ...CLASSIC, party: "x".repeat(1_000_000) });
    await gone;
    await expectNothingHappened(server, bob);
    await expectNothingHappened(server, await again(server, ann));
  });

  it("of an unknown event is ignored", async () => {
    const server = await serve();
    const tab = await sit(server, "Ann");
    for (const name of ["admin", "match_found", "constructor", "__proto__"])
      untyped(tab.socket).emit(name, {});
    await expectNothingHappened(server, tab);
  });
});

describe("a token", () => {
  const claims = { name: "Eve" };
  const sound = (alg = "HS256") =>
    new SignJWT(claims)
      .setProtectedHeader({ alg })
      .setSubject("eve")
      .setIssuer("evenmatch-duel")
      .setAudience("evenmatch-duel-players")
      .setExpirationTime("1 h");
  const key = (secret: string): Uint8Array => new TextEncoder().encode(secret);

  it("that is sound lets in", async () => {
    const tab = await open(await serve(), await sound().sign(key(SECRET)));
    expect(await tab.call("status", {})).toMatchObject({
      ok: true,
      status: { player: { id: "eve", name: "Eve" } },
    });
  });

  const refused: readonly (readonly [why: string, code: string, make: () => unknown])[] = [
    ["is missing", "TOKEN_MISSING", () => undefined],
    ["is empty", "TOKEN_MISSING", () => ""],
    ["is an object", "TOKEN_MISSING", () => ({ sub: "eve" })],
    ["is no token", "TOKEN_INVALID", () => "eve"],
    ["is forged", "TOKEN_INVALID", () => sound().sign(key("another secret that is long enough too"))],
    ["has expired", "TOKEN_EXPIRED", () => sound().setExpirationTime("-1 s").sign(key(SECRET))],
    ["never expires", "TOKEN_INVALID", () => withoutEnd()],
    ["is for another audience", "TOKEN_INVALID", () => sound().setAudience("another-game").sign(key(SECRET))],
    ["is of another issuer", "TOKEN_INVALID", () => sound().setIssuer("somebody").sign(key(SECRET))],
    ["is signed in another way", "TOKEN_INVALID", () => sound("HS512").sign(key(SECRET))],
    ["names nobody", "TOKEN_INVALID", () => sound().setSubject("").sign(key(SECRET))],
    ["has alg none", "TOKEN_INVALID", () => unsigned()],
    ["had its payload changed", "TOKEN_INVALID", async () => changed(await sound().sign(key(SECRET)))],
  ];

  function withoutEnd(): Promise<string> {
    const token = new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setSubject("eve");
    return token.setIssuer("evenmatch-duel").setAudience("evenmatch-duel-players").sign(key(SECRET));
  }

  function unsigned(): string {
    const token = new UnsecuredJWT(claims).setSubject("eve").setIssuer("evenmatch-duel");
    return token.setAudience("evenmatch-duel-players").setExpirationTime("1 h").encode();
  }

  function changed(token: string): string {
    const [header, payload, signature] = token.split(".") as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
    const other = Buffer.from(JSON.stringify({ ...claims, sub: "ann" })).toString("base64url");
    return [header, other, signature].join(".");
  }

  it.each(refused)("that %s is refused with %s", async (_, code, make) => {
    const server = await serve();
    await expect(open(server, await make())).rejects.toThrow(code);
    expect(server.matchmaker.health()).toMatchObject({ waiting: 0, watched: 0 });
  });

  it("that expires while it is connected ends its calls", async () => {
    const server = await serve();
    const tab = await open(server, await sound().sign(key(SECRET)));
    expect(await tab.code("status", {})).toBe("ok");
    // Asked before the hour is over and heard after it: a client that finds an hour gone takes its connection for lost.
    const late = tab.code("status", {});
    vi.useFakeTimers({ toFake: ["Date"], now: now() + 60 * 60 * 1_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await late).toBe("TOKEN_EXPIRED");
  });
});

describe("a flood", () => {
  it("of joins is held at ten a minute and player, over all tabs", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    const tab = await again(server, ann);
    for (let round = 0; round < 5; round++) {
      for (const one of [ann, tab]) {
        expect(await one.code("join", CLASSIC)).toBe("ok");
        expect(await one.code("leave", {})).toBe("ok");
      }
    }
    expect(await tab.call("join", CLASSIC)).toMatchObject({
      ok: false,
      error: { code: "RATE_LIMITED", retryable: true },
    });
    await expectNothingHappened(server, ann);
    expect(await (await sit(server, "Bob")).code("join", CLASSIC)).toBe("ok");
  });

  it("of joins that are refused counts just as much", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    for (let round = 0; round < 10; round++) expect(await ann.code("join", {})).toBe("INVALID_PAYLOAD");
    expect(await ann.code("join", CLASSIC)).toBe("RATE_LIMITED");
  });

  it("of messages is held at a limit for each socket, unknown events included", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    for (let count = 0; count < 60; count++) untyped(ann.socket).emit("noise", count);
    expect(await ann.code("status", {})).toBe("RATE_LIMITED");
    await expectNothingHappened(server, await sit(server, "Bob"));
  });

  it("of connections is held at a limit for each player", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    for (let count = 1; count < 8; count++) await again(server, ann);
    await expect(again(server, ann)).rejects.toThrow("TOO_MANY_SOCKETS");
  });

  it("of sign-ins is held at a limit for each address", async () => {
    const { url } = await serve({ SIGN_INS_PER_MINUTE: "2" });
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await postSignIn(url, '{"name":"Ann"}')).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe("what is somebody else's", () => {
  it("room cannot be entered", async () => {
    const server = await serve();
    const [ann, bob, eve] = [await sit(server, "Ann"), await sit(server, "Bob"), await sit(server, "Eve")];
    const room = `player:${ann.player.id}`;
    for (const name of ["join", "join_room", "subscribe", "room"]) untyped(eve.socket).emit(name, room);
    untyped(eve.socket).emit("join", { ...CLASSIC, room });
    await eve.code("status", { playerId: ann.player.id });
    await ann.call("join", CLASSIC);
    await bob.call("join", CLASSIC);
    await ann.hears("match_found");
    await expectNothingHappened(server, eve);
    expect([...eve.told("joined"), ...eve.told("match_found")]).toEqual([]);
  });

  it("match cannot be accepted or declined", async () => {
    const server = await serve();
    const [ann, bob, eve] = [await sit(server, "Ann"), await sit(server, "Bob"), await sit(server, "Eve")];
    await ann.call("join", { queue: "solo", region: "eu" });
    await bob.call("join", { queue: "solo", region: "eu" });
    const { match } = await ann.hears("ready_check");
    for (const name of ["accept", "decline"]) {
      expect(await eve.code(name, { matchId: match.matchId })).toBe("NOT_YOUR_MATCH");
      expect(await eve.code(name, { matchId: "solo.eu.no-such-match" })).toBe("NOT_YOUR_MATCH");
    }
    expect(await ann.call("status", {})).toMatchObject({ status: { readyCheck: { answers: {} } } });
  });

  it("ticket cannot be left", async () => {
    const server = await serve();
    const [ann, eve] = [await sit(server, "Ann"), await sit(server, "Eve")];
    const joined = await ann.call("join", CLASSIC);
    const ticketId = joined.ok ? joined.ticket.ticketId : "";
    expect(await eve.code("leave", { ticketId })).toBe("INVALID_PAYLOAD");
    expect(await eve.code("leave", {})).toBe("NOT_WAITING");
    expect(await ann.call("status", {})).toMatchObject({ status: { ticket: { ticketId } } });
  });

  it("party cannot be led or guessed", async () => {
    const server = await serve();
    const [ann, eve] = [await sit(server, "Ann"), await sit(server, "Eve")];
    const made = await ann.call("createParty", {});
    const code = made.ok ? made.party.code : "";
    expect(await eve.code("join", { queue: "duo", region: "eu", party: code })).toBe("NO_SUCH_PARTY");
    expect(await eve.code("joinParty", { code: "AAAAAA" })).toBe("NO_SUCH_PARTY");
    expect(await eve.code("leaveParty", {})).toBe("NO_SUCH_PARTY");
    expect(await ann.code("createParty", {})).toBe("IN_A_PARTY");
  });

  it("place cannot be taken twice at once", async () => {
    const server = await serve();
    const ann = await sit(server, "Ann");
    const codes = await Promise.all([
      ann.code("join", CLASSIC),
      ann.code("join", CLASSIC),
      ann.code("join", { queue: "duo", region: "eu" }),
    ]);
    expect(codes).toEqual(["ok", "ALREADY_WAITING", "WAITING_ELSEWHERE"]);
  });
});

describe("signing in", () => {
  const bodies: readonly (readonly [why: string, body: string, status: number, code: string])[] = [
    ["no JSON", "{name}", 400, "INVALID_PAYLOAD"],
    ["nothing", "", 400, "INVALID_PAYLOAD"],
    ["no name", "{}", 400, "INVALID_PAYLOAD"],
    ["a name that is no text", '{"name":["Ann"]}', 400, "INVALID_PAYLOAD"],
    ["an empty name", '{"name":"  "}', 400, "INVALID_PAYLOAD"],
    ["a name with markup", '{"name":"<b>Ann</b>"}', 400, "INVALID_PAYLOAD"],
    ["a name with control characters", '{"name":"An\\u0000n"}', 400, "INVALID_PAYLOAD"],
    ["a name that turns the text around", '{"name":"An\\u202en"}', 400, "INVALID_PAYLOAD"],
    ["a long name", JSON.stringify({ name: "a".repeat(25) }), 400, "INVALID_PAYLOAD"],
    ["an id", '{"name":"Ann","id":"ann"}', 400, "INVALID_PAYLOAD"],
    ["a rating", '{"name":"Ann","rating":3000}', 403, "RATING_NOT_ALLOWED"],
    ["a huge body", JSON.stringify({ name: "a".repeat(100_000) }), 413, "PAYLOAD_TOO_LARGE"],
  ];

  it.each(bodies)("with %s is refused", async (_, body, status, code) => {
    const { url } = await serve();
    const response = await postSignIn(url, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ ok: false, error: { code, retryable: false } });
  });

  it("as a form of another site would is refused", async () => {
    const { url } = await serve();
    expect((await postSignIn(url, '{"name":"Ann"}', "text/plain")).status).toBe(400);
  });
});
