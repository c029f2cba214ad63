import { startRedis, type RedisServer } from "@evenmatch/services";
import { Server } from "socket.io";
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { configFrom } from "../src/config.js";
import { connected } from "../src/redis/connect.js";
import { messagesOn } from "../src/redis/messages.js";
import type { DuelServer } from "../src/server.js";
import { openStores } from "../src/shared/open.js";
import { again, serveWith, sit } from "./table.js";

const CLASSIC = { queue: "classic", region: "eu" } as const;

vi.setConfig({ testTimeout: 60_000 });

// What fails while the server is away is printed.
beforeEach(() => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => errors.mockRestore());
});

/** A Redis of this test's own, and two servers on it that run pools, too. */
async function severalOn(
  settings: Record<string, string | boolean>,
  own: Record<string, string> = {},
): Promise<{ redis: RedisServer; one: DuelServer; other: DuelServer }> {
  const redis = await startRedis({ settings });
  onTestFinished(() => redis.stop());
  const serve = async (name: string): Promise<DuelServer> => {
    const given = { REDIS_URL: redis.url, PROCESS_NAME: name };
    const env = { ...given, GRACE_MS: "60000", JOINS_PER_MINUTE: "0", ...own };
    return serveWith(env, (await openStores(configFrom(env)))!);
  };
  return { redis, one: await serve("one"), other: await serve("other") };
}

it("goes on where it was when Redis comes back with what it was given", async () => {
  const { redis, one, other } = await severalOn({ appendonly: true, appendfsync: "always" });
  const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
  const joined = await ann.call("join", CLASSIC);
  await redis.restart({ how: "kill" });
  await expect
    .poll(() => bob.code("join", CLASSIC), { timeout: 20_000 })
    .toMatch(/^(ok|ALREADY_WAITING|WAITING_ELSEWHERE)$/);
  const match = await bob.hears("match_found");
  expect(match.teams.flat().map(({ ticketId }) => ticketId)).toContain(joined.ok && joined.ticket.ticketId);
  expect(await ann.hears("match_found")).toEqual(match);
});

it("tells those whose places are lost when Redis comes back with nothing, and they play on", async () => {
  // What is lost is seen at the next heartbeat.
  const { redis, one, other } = await severalOn({}, { HEARTBEAT_MS: "3000" });
  const [ann, bob] = [await sit(one, "Ann"), await sit(other, "Bob")];
  const joined = await ann.call("join", CLASSIC);
  await redis.restart({ how: "kill" });
  expect(await ann.hears("ended")).toEqual({
    ticketId: joined.ok && joined.ticket.ticketId,
    state: "expired",
    reason: "lost",
  });
  for (const tab of [ann, bob])
    await expect.poll(() => tab.code("join", CLASSIC), { timeout: 20_000 }).toBe("ok");
  expect(await ann.hears("match_found")).toEqual(await bob.hears("match_found"));
  // Who is connected is known again: whoever is at one process is not gone when they leave the other.
  const tab = await again(other, ann);
  await ann.call("join", CLASSIC);
  await ann.cut();
  expect(await tab.call("status", {})).toMatchObject({ status: { ticket: { queue: "classic" } } });
});

it("refuses what it cannot do while Redis is away", async () => {
  const { redis, one } = await severalOn({ appendonly: true });
  const ann = await sit(one, "Ann");
  // Before it is known that somebody has come, nothing that they ask for is done.
  await ann.call("status", {});
  await redis.kill();
  expect(await ann.call("join", CLASSIC)).toMatchObject({ ok: false, error: { retryable: true } });
  expect(await ann.call("createParty", {})).toMatchObject({ ok: false, error: { retryable: true } });
  await redis.start();
  await expect.poll(() => ann.code("createParty", {}), { timeout: 20_000 }).toMatch(/^(ok|IN_A_PARTY)$/);
});

it("ends no process because something could not be told", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const client = await connected(redis.url, "test");
  const messages = messagesOn(client, "duel");
  const io = new Server({ adapter: messages.adapter });
  onTestFinished(async () => {
    await io.of("/").adapter.close();
    messages.close();
    client.disconnect();
  });
  await messages.heard;
  await redis.kill();
  io.serverSideEmit("partied", []);
  await expect.poll(() => vi.mocked(console.error).mock.calls.length, { timeout: 10_000 }).toBe(1);
});
