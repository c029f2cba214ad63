import { expect, it, vi } from "vitest";
import type { Preferences } from "../src/preferences.js";
import { ask, PATIENCE, queueSize, queueSizeBecomes, serve, signIn, type Visitor } from "./table.js";

/** Who meets whom, when these join one after the other. */
async function joinAll(
  ...joins: readonly (readonly [who: Visitor, wishes?: Partial<Preferences>])[]
): Promise<void> {
  for (const [who, wishes] of joins) expect((await who.join(wishes)).status).toBe(201);
}

async function namesOf(server: { readonly url: string }, ...names: string[]): Promise<Visitor[]> {
  return Promise.all(names.map((name) => signIn(server, name)));
}

it("pairs two who come, tells both, and gives them a room that is theirs alone", async () => {
  const server = await serve();
  const [ann, bob, eve] = (await namesOf(server, "Ann", "Bob", "Eve")) as [Visitor, Visitor, Visitor];
  const [hers, his] = [await ann.connect(), await bob.connect()];
  expect(await hers.call("join_queue", { topics: ["trees", "graphs"] })).toMatchObject({
    ok: true,
    status: "waiting",
    preferences: { topics: ["trees", "graphs"], difficulty: "medium", duration_minutes: 45, region: "any" },
  });
  expect(await queueSize(server)).toBe(1);
  expect((await bob.join({ topics: ["graphs", "strings"] })).body).toMatchObject({ status: "waiting" });
  const found = await hers.hears("match_found");
  expect(found).toEqual({ match_id: expect.any(String) as string, partner_id: bob.id });
  expect(await his.hears("match_found")).toEqual({ match_id: found.match_id, partner_id: ann.id });
  const room = await ann.room(found.match_id);
  expect(room).toMatchObject({
    match_id: found.match_id,
    player1: ann.id,
    player2: bob.id,
    question_id: "graphs/medium",
    status: "active",
  });
  expect(room.question_text).toMatch(/\S/);
  expect(Date.parse(room.created_at)).toBeGreaterThan(0);
  expect(await bob.room(found.match_id)).toEqual(room);
  expect(await eve.ask("GET", `/api/rooms/${found.match_id}`)).toMatchObject({
    status: 404,
    body: { error: { code: "ROOM_NOT_FOUND" } },
  });
  expect(await queueSize(server)).toBe(0);
  expect([hers.count("match_found"), his.count("match_found")]).toEqual([0, 0]);
});

it("refuses who waits already, wherever they ask", async () => {
  const server = await serve();
  const ann = await signIn(server, "Ann");
  const tab = await ann.connect();
  expect((await ann.join()).status).toBe(201);
  expect(await ann.join()).toMatchObject({ status: 409, body: { error: { code: "ALREADY_WAITING" } } });
  expect(await tab.call("join_queue", {})).toBe("ALREADY_WAITING");
  expect(await queueSize(server)).toBe(1);
});

it("lets somebody leave, once, and says what there is to know of them", async () => {
  const server = await serve();
  const ann = await signIn(server, "Ann");
  const tab = await ann.connect();
  expect(await ann.leave()).toMatchObject({ status: 409, body: { error: { code: "NOT_WAITING" } } });
  expect(await ann.status()).toEqual({ status: "idle" });
  await ann.join();
  expect(await ann.status()).toMatchObject({ status: "waiting" });
  expect(await ann.leave()).toEqual({ status: 200, body: { status: "left" } });
  expect(await tab.hears("queue_left")).toEqual({ reason: "left" });
  expect(await tab.call("leave_queue")).toBe("NOT_WAITING");
  expect(await queueSize(server)).toBe(0);
});

it.each([
  ["topics", { topics: ["arrays"] }, { topics: ["strings"] }],
  ["difficulty", { difficulty: "easy" }, { difficulty: "hard" }],
  ["duration", { duration_minutes: 30 }, { duration_minutes: 60 }],
  ["region", { region: "asia" }, { region: "europe" }],
  ["skill", { skill: "beginner" }, { skill: "advanced" }],
] as const)("keeps those apart who want different things: %s", async (_, one, other) => {
  const server = await serve();
  const [ann, bob, cid, dee] = (await namesOf(server, "Ann", "Bob", "Cid", "Dee")) as [
    Visitor,
    Visitor,
    Visitor,
    Visitor,
  ];
  await joinAll([ann, one as Partial<Preferences>], [bob, other as Partial<Preferences>]);
  await joinAll([dee, other as Partial<Preferences>], [cid, one as Partial<Preferences>]);
  expect(await ann.matched()).toBe(await cid.matched());
  expect(await bob.matched()).toBe(await dee.matched());
});

it("takes whoever comes first, and any region and skill where one does not mind", async () => {
  const server = await serve();
  const [ann, bob, cid] = (await namesOf(server, "Ann", "Bob", "Cid")) as [Visitor, Visitor, Visitor];
  await joinAll([ann, { region: "asia" }], [bob, { region: "europe", skill: "advanced" }], [cid, {}]);
  expect(await ann.matched()).toBe(await cid.matched());
  expect(await bob.status()).toMatchObject({ status: "waiting" });
});

it("never pairs two who have just practised together, whoever comes first", async () => {
  const server = await serve();
  const [ann, bob, cid] = (await namesOf(server, "Ann", "Bob", "Cid")) as [Visitor, Visitor, Visitor];
  await joinAll([ann], [bob]);
  const first = await ann.matched();
  expect(await ann.ask("DELETE", `/api/rooms/${first}`)).toMatchObject({
    status: 200,
    body: { status: "ended" },
  });
  expect(await bob.room(first)).toMatchObject({ status: "ended" });
  await joinAll([bob], [ann]);
  expect(await queueSize(server)).toBe(2);
  await joinAll([cid]);
  expect(await bob.matched()).toBe(await cid.matched());
  expect(await ann.status()).toMatchObject({ status: "waiting" });
});

it("lets paying members go first where that is asked for, and knows them by their session alone", async () => {
  const server = await serve({ PAYING_FIRST: "1", MEMBER_CODE: "thank you all", BOOST_AFTER_MS: "600000" });
  const body = { name: "Eve", member_code: "thank you allx" };
  expect(await ask(server, "POST", "/api/sign-in", { body })).toMatchObject({ status: 403 });
  const [ann, bob] = (await namesOf(server, "Ann", "Bob")) as [Visitor, Visitor];
  const pat = await signIn(server, "Pat", { member_code: "thank you all" });
  expect(pat.session.person.plan).toBe("paying");
  // Three who cannot meet each other, and then one whom all of them could meet.
  await joinAll([ann, { region: "asia" }], [bob, { region: "europe" }], [pat, { region: "africa" }]);
  const cid = await signIn(server, "Cid");
  await joinAll([cid]);
  expect(await pat.matched()).toBe(await cid.matched());
  expect(await queueSize(server)).toBe(2);
});

it("takes who has lost every connection out of the queue, and nobody else", async () => {
  const server = await serve({ GRACE_MS: "100" });
  const ann = await signIn(server, "Ann");
  const [one, other] = [await ann.connect(), await ann.connect()];
  await one.call("join_queue", {});
  await other.hears("queue_joined");
  one.cut();
  const bob = await signIn(server, "Bob");
  const his = await bob.connect();
  await his.call("join_queue", { region: "asia", topics: ["trees"] });
  expect((await ann.status()).status).not.toBe("idle");
  await other.hears("match_found");
  await ann.join({ topics: ["arrays"] });
  await other.hears("queue_joined");
  expect(await queueSize(server)).toBe(1);
  other.cut();
  await queueSizeBecomes(server, 0);
  expect(await ann.status()).toMatchObject({ status: "matched" });
});

it("keeps the place of who comes back at once, and tells them what they have missed", async () => {
  const server = await serve({ GRACE_MS: "60000" });
  const [ann, bob] = (await namesOf(server, "Ann", "Bob")) as [Visitor, Visitor];
  const first = await ann.connect();
  await first.call("join_queue", {});
  first.cut();
  const second = await ann.connect();
  expect(await second.hears("queue_joined")).toMatchObject({ status: "waiting" });
  second.cut();
  await bob.join();
  const matchId = await bob.matched();
  const third = await ann.connect();
  expect(await third.hears("match_found")).toEqual({ match_id: matchId, partner_id: bob.id });
  third.cut();
  const fourth = await ann.connect();
  await fourth.call("leave_queue");
  expect(fourth.count("match_found")).toBe(0);
});

it("counts what happens, for whoever operates it", async () => {
  const server = await serve();
  const [ann, bob, cid] = (await namesOf(server, "Ann", "Bob", "Cid")) as [Visitor, Visitor, Visitor];
  await joinAll([ann, { topics: ["trees"] }], [bob], [cid]);
  await ann.matched();
  await cid.leave();
  await vi.waitFor(async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toContain('practice_tickets_ended_total{how="matched"} 2');
    expect(text).toContain('practice_tickets_ended_total{how="left"} 1');
    expect(text).toMatch(/practice_success_share 0\.66/);
    expect(text).toContain("practice_wait_seconds_count 2");
    expect(text).toContain("practice_room_failures_total 0");
    expect(text).toContain("practice_queue_length 0");
    expect(text).toContain("practice_open_rooms 1");
    expect(text).toContain('practice_rooms_total{question_id="trees/medium"} 1');
  }, PATIENCE);
});
