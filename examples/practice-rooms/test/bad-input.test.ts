import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { ask, connect, PATIENCE, queueSize, SECRET, serve, signIn } from "./table.js";

const NAME = "evenmatch-practice-rooms";

interface Signed {
  secret?: string;
  alg?: string;
  issuer?: string;
  expires?: string;
  claims?: Record<string, unknown>;
}

function signed({
  secret = SECRET,
  alg = "HS256",
  issuer = NAME,
  expires = "1 h",
  claims = {},
}: Signed = {}) {
  return new SignJWT({ sub: "ann", name: "Ann", plan: "free", ...claims })
    .setProtectedHeader({ alg })
    .setIssuer(issuer)
    .setAudience(NAME)
    .setExpirationTime(expires)
    .sign(Buffer.from(secret));
}

describe("a session that is none", () => {
  const sessions: readonly (readonly [why: string, code: string, token: () => string | Promise<string>])[] = [
    ["is missing", "TOKEN_MISSING", () => ""],
    ["is no token", "TOKEN_INVALID", () => "ann"],
    [
      "is signed by somebody else",
      "TOKEN_INVALID",
      () => signed({ secret: "a secret of somebody else, long enough" }),
    ],
    [
      "is not signed",
      "TOKEN_INVALID",
      () => new UnsecuredJWT({ sub: "ann", name: "Ann", plan: "paying" }).encode(),
    ],
    ["is signed in another way", "TOKEN_INVALID", () => signed({ alg: "HS512" })],
    ["is of another service", "TOKEN_INVALID", () => signed({ issuer: "evenmatch-duel" })],
    ["names nobody", "TOKEN_INVALID", () => signed({ claims: { sub: "" } })],
    ["claims a plan that there is not", "TOKEN_INVALID", () => signed({ claims: { plan: "owner" } })],
    [
      "was changed",
      "TOKEN_INVALID",
      async () => (await signed()).replace(/\.[^.]+\./, `.${btoa('{"sub":"bob"}')}.`),
    ],
    ["is over", "TOKEN_EXPIRED", () => signed({ expires: "-1 s" })],
  ];

  it.each(sessions)("%s: %s", async (_, code, make) => {
    const server = await serve();
    const token = await make();
    for (const [method, path] of [
      ["POST", "/api/matchmaking/queue"],
      ["DELETE", "/api/matchmaking/queue"],
      ["GET", "/api/matchmaking/me"],
      ["GET", "/api/rooms/practice.global.1"],
    ] as const) {
      expect(await ask(server, method, path, { token })).toMatchObject({
        status: 401,
        body: { error: { code } },
      });
    }
    await expect(connect(server, token)).rejects.toThrow(code);
    expect(await queueSize(server)).toBe(0);
  });

  it("ends while its connection lives on", async () => {
    const server = await serve();
    const tab = await connect(server, await signed({ expires: "4 s" }));
    await expect.poll(() => tab.call("leave_queue"), { ...PATIENCE, interval: 200 }).toBe("TOKEN_EXPIRED");
    expect(await tab.call("join_queue", {})).toBe("TOKEN_EXPIRED");
  });
});

describe("preferences that nobody can mean", () => {
  const wrong: readonly (readonly [why: string, sent: unknown])[] = [
    ["are null", null],
    ["are a text", "trees"],
    ["are a list", [{}]],
    ["name no topic", { topics: [] }],
    ["name a topic that there is not", { topics: ["cooking"] }],
    ["name a topic twice", { topics: ["trees", "trees"] }],
    ["name a topic as an object has it", { topics: ["__proto__"] }],
    ["name a difficulty that there is not", { difficulty: "extreme" }],
    ["have a duration that is a text", { duration_minutes: "45" }],
    ["have a duration that there is not", { duration_minutes: 50 }],
    ["name a region that there is not", { region: "mars" }],
    ["say who joins", { user_id: "bob" }],
    ["say who pays", { plan: "paying" }],
    ["say whom one has met", { recentPartners: {} }],
  ];

  it("are refused, and nothing has happened", async () => {
    const server = await serve({ JOINS_PER_MINUTE: "0" });
    const ann = await signIn(server, "Ann");
    const tab = await ann.connect();
    for (const [why, sent] of wrong) {
      // Over HTTP no body is no wish at all; a socket may send null for that.
      if (sent !== null) {
        const { status, body } = await ann.join(sent);
        expect([why, status, body]).toMatchObject([why, 400, { error: { code: "INVALID_PAYLOAD" } }]);
      }
      expect([why, await tab.call("join_queue", sent)]).toEqual([
        why,
        sent === null ? expect.anything() : "INVALID_PAYLOAD",
      ]);
      if (sent === null) await ann.leave();
    }
    expect(await queueSize(server)).toBe(0);
  });

  it.each([
    ["no JSON", "{", "application/json", 400, "INVALID_PAYLOAD"],
    ["a form", "topics=trees", "application/x-www-form-urlencoded", 400, "INVALID_PAYLOAD"],
    ["huge", JSON.stringify({ topics: ["x".repeat(5_000)] }), "application/json", 413, "PAYLOAD_TOO_LARGE"],
  ] as const)("are refused where the body is %s", async (_, body, type, status, code) => {
    const server = await serve();
    const { session } = await signIn(server, "Ann");
    const answer = await ask(server, "POST", "/api/matchmaking/queue", { token: session.token, body, type });
    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });
});

it("takes a name that is one, and no id", async () => {
  const server = await serve();
  for (const body of [
    {},
    { name: "" },
    { name: "<b>" },
    { name: 7 },
    { name: "Ann", id: "bob" },
    { name: "a".repeat(25) },
    undefined,
  ])
    expect(await ask(server, "POST", "/api/sign-in", { body })).toMatchObject({ status: 400 });
});

it("answers a call that asks for no answer with news, where it is refused", async () => {
  const server = await serve();
  const tab = await (await signIn(server, "Ann")).connect();
  tab.socket.emit("leave_queue");
  expect(await tab.hears("queue_error")).toMatchObject({ code: "NOT_WAITING" });
});

it("takes ten joins a minute of one person, over all tabs and servers", async () => {
  const one = await serve();
  const other = await serve({ ...sameAs(one.config) });
  const ann = await signIn(one, "Ann");
  const tab = await ann.at(other).connect();
  for (let joins = 0; joins < 5; joins++) {
    expect((await ann.join()).status).toBe(201);
    expect((await ann.leave()).status).toBe(200);
    expect(await tab.call("join_queue", {})).toMatchObject({ ok: true });
    expect(await tab.call("leave_queue")).toMatchObject({ ok: true });
  }
  expect(await ann.join()).toMatchObject({
    status: 429,
    body: { error: { code: "RATE_LIMITED", retryable: true } },
  });
  expect(await tab.call("join_queue", {})).toBe("RATE_LIMITED");
  expect((await (await signIn(one, "Bob")).join()).status).toBe(201);
});

/** What servers have in common that belong together. */
function sameAs({
  redisUrl,
  keyPrefix,
  tokenSecret,
}: {
  redisUrl: string;
  keyPrefix: string;
  tokenSecret: string;
}) {
  return { REDIS_URL: redisUrl, KEY_PREFIX: keyPrefix, TOKEN_SECRET: tokenSecret, PORT: "0" };
}

it("stands floods of sign-ins, messages and connections", async () => {
  const server = await serve({ SIGN_INS_PER_MINUTE: "3" });
  const ann = await signIn(server, "Ann");
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => ask(server, "POST", "/api/sign-in", { body: { name: "Ann" } })),
  );
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
  const tabs = await Promise.all(Array.from({ length: 8 }, () => ann.connect()));
  await expect(ann.connect()).rejects.toThrow("TOO_MANY_CONNECTIONS");
  const codes = await Promise.all(Array.from({ length: 60 }, () => tabs[0]!.call("leave_queue")));
  expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(10);
  const gone = new Promise((resolve) => tabs[1]!.socket.once("disconnect", resolve));
  tabs[1]!.socket.emit("join_queue", "x".repeat(10_000));
  await gone;
  expect(await tabs[2]!.call("join_queue", {})).toMatchObject({ ok: true });
});

it("answers who asks in the wrong way or for what is not there", async () => {
  const server = await serve();
  const ann = await signIn(server, "Ann");
  expect(await ann.ask("GET", "/api/matchmaking/queue")).toMatchObject({ status: 405 });
  expect(await ann.ask("PUT", "/api/matchmaking/health")).toMatchObject({ status: 405 });
  for (const path of [
    "/api",
    "/api/rooms/",
    "/api/rooms/none",
    "/api/rooms/%2e%2e",
    "/api/rooms/%ff",
    "/__proto__",
    "/src/main.ts",
    "/page/app.js",
  ])
    expect([path, (await ann.ask("GET", path)).status]).toEqual([path, 404]);
  expect((await fetch(server.url, { method: "DELETE" })).status).toBe(405);
  expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
});
