import { startRedis, type RedisServer } from "@evenmatch/services";
import { expect, it, onTestFinished, vi } from "vitest";
import { now } from "../src/time.js";
import { ask, PATIENCE, queueSizeBecomes, SECRET, serve, signIn } from "./table.js";

async function ownRedis(settings = {}): Promise<RedisServer> {
  const redis = await startRedis({ settings });
  onTestFinished(() => redis.stop());
  return redis;
}

function serveOn({ url }: { readonly url: string }, env: Readonly<Record<string, string>> = {}) {
  return serve({ REDIS_URL: url, TOKEN_SECRET: SECRET, PORT: "0", ...env });
}

const HEALTH = "/api/matchmaking/health";

/** Parts of it find out one after the other that Redis is back. */
async function isHealthy(server: { readonly url: string }): Promise<void> {
  await vi.waitFor(async () => expect((await ask(server, "GET", HEALTH)).status).toBe(200), PATIENCE);
}

const KEEPS = { appendonly: true, appendfsync: "always" };

it.each([
  ["was killed and kept its data", KEEPS, 30_000],
  ["was away for longer than a place stays of whom nothing is heard", KEEPS, 3_000],
  ["was killed and has forgotten everything", {}, 30_000],
])(
  "tells who waits when Redis is lost, and goes on by itself when it is back: it %s",
  async (_, settings, heartbeatMs) => {
    const redis = await ownRedis(settings);
    const server = await serveOn(redis, { HEARTBEAT_MS: String(heartbeatMs) });
    const [ann, bob, cid] = [
      await signIn(server, "Ann"),
      await signIn(server, "Bob"),
      await signIn(server, "Cid"),
    ];
    const [hers, his] = [await ann.connect(), await bob.connect()];
    await hers.call("join_queue", { topics: ["trees"] });
    await his.call("join_queue", { topics: ["arrays"] });
    expect(await ask(server, "GET", HEALTH)).toEqual({
      status: 200,
      body: { status: "healthy", queue_size: 2 },
    });

    await redis.kill();
    expect(await hers.hears("queue_unavailable")).toMatchObject({
      code: "QUEUE_UNAVAILABLE",
      retryable: true,
    });
    expect(await his.hears("queue_unavailable")).toMatchObject({ code: "QUEUE_UNAVAILABLE" });
    expect(await ask(server, "GET", HEALTH)).toEqual({
      status: 503,
      body: { status: "unhealthy", error: expect.stringContaining("cannot be reached") as string },
    });
    expect(await cid.join()).toMatchObject({
      status: 503,
      body: { error: { code: "QUEUE_UNAVAILABLE", retryable: true } },
    });
    expect(await his.call("leave_queue")).toBe("QUEUE_UNAVAILABLE");
    expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
    expect(await (await cid.connect()).hears("queue_unavailable")).toMatchObject({ retryable: true });

    const lostAt = now();
    if (heartbeatMs === 3_000) await expect.poll(() => now() - lostAt, PATIENCE).toBeGreaterThan(heartbeatMs);
    await redis.start();
    await hers.hears("queue_available");
    await isHealthy(server);
    await queueSizeBecomes(server, 2);
    // Whoever came first is still first; places that ran out are taken anew as the news of it comes.
    const first = heartbeatMs === 3_000 ? [hers, his] : [hers];
    expect((await cid.join()).status).toBe(201);
    const { match_id } = await Promise.any(first.map((tab) => tab.hears("match_found")));
    expect(await cid.matched()).toBe(match_id);
    expect([hers.count("queue_left"), his.count("queue_left")]).toEqual([0, 0]);
  },
);

it("says so when Redis hangs", async () => {
  const redis = await ownRedis();
  const server = await serveOn(redis);
  const tab = await (await signIn(server, "Ann")).connect();
  redis.pause();
  await tab.hears("queue_unavailable");
  expect((await ask(server, "GET", HEALTH)).status).toBe(503);
  redis.resume();
  await tab.hears("queue_available");
  await isHealthy(server);
});

it("gives both their place back when their room cannot be made, and goes on when it can", async () => {
  const redis = await ownRedis();
  const server = await serveOn(redis);
  // Where the open rooms should be there is something else.
  await redis.call("SET", "{practice}:open", "in the way");
  const [ann, bob] = [await signIn(server, "Ann"), await signIn(server, "Bob")];
  const tab = await ann.connect();
  const joined = await tab.call("join_queue", {});
  await bob.join();
  const failures = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
  await vi.waitFor(async () => {
    expect(await failures()).toMatch(/practice_tickets_released_total [2-9]/);
  }, PATIENCE);
  expect(await failures()).toMatch(/practice_room_failures_total [3-9]/);
  const [hers, his] = [await ann.status(), await bob.status()];
  expect([hers.status, his.status]).toEqual(["waiting", "waiting"]);
  expect(joined).toMatchObject({ ok: true });
  // Nothing of the rooms is left that could not be made.
  expect(await redis.call("KEYS", "{practice}:room:*")).toEqual([]);
  expect(await redis.call("KEYS", "{practice}:partners:*")).toEqual([]);
  await redis.call("DEL", "{practice}:open");
  const matchId = await bob.matched();
  expect(await tab.hears("match_found")).toEqual({ match_id: matchId, partner_id: bob.id });
  expect(await ann.room(matchId)).toMatchObject({ player1: ann.id, player2: bob.id });
  expect(tab.count("match_found")).toBe(0);
});

it("does not start without Redis, and says so", async () => {
  const redis = await ownRedis();
  await redis.stop();
  await expect(serveOn(redis)).rejects.toThrow(/ECONNREFUSED|closed/);
});
