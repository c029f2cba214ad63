import { startRedis } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { createServer } from "node:net";
import { once } from "node:events";
import { resolve } from "node:path";
import { io } from "socket.io-client";
import { expect, it, onTestFinished } from "vitest";
import { configFrom } from "../src/config.js";
import { startProgram, type Program } from "./program.js";
import { SECRET, signIn } from "./table.js";

const main = resolve(import.meta.dirname, "../src/main.ts");

/** `npm start`, with everything it prints. */
function start(env: Record<string, string>): Program {
  return startProgram(main, [], { PORT: "0", BOTS: "0", TOKEN_SECRET: SECRET, ...env });
}

it("prints its address and the first matches of its bots, and ends well when asked", async () => {
  const { child, ended, prints } = start({ BOTS: "16", TOKEN_SECRET: "" });
  const url = (await prints(/plays at (\S+)\n/))[1]!;
  await prints(/TOKEN_SECRET is not set/);
  await prints(/, \w+: .+ \(\d+\) {2}– {2}.+ \(\d+\)\n/);
  expect((await fetch(url)).status).toBe(200);
  child.kill("SIGINT");
  const { code, text } = await ended;
  expect([code, text.endsWith("Closed.\n")]).toEqual([0, true]);
}, 60_000);

it("lets those who are connected go when it is asked to end", async () => {
  const { child, ended, prints } = start({});
  const url = (await prints(/plays at (\S+)\n/))[1]!;
  const { token } = await signIn({ url }, "Ann");
  const socket = io(url, { auth: { token }, transports: ["websocket"], reconnection: false, forceNew: true });
  onTestFinished(() => void socket.disconnect());
  await new Promise<void>((connected) => socket.once("connect", connected));
  await socket.emitWithAck("join", { queue: "classic", region: "eu" });
  const gone = new Promise((resolve) => socket.once("disconnect", resolve));
  child.kill("SIGTERM");
  await gone;
  expect(await ended).toMatchObject({ code: 0 });
}, 60_000);

it("says so when its port is in use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { code, text } = await start({ PORT: String(port) }).ended;
  expect([code, text]).toEqual([
    1,
    `Port ${port} of 127.0.0.1 is in use. Choose another: PORT=${port + 1} npm start\n`,
  ]);
}, 60_000);

it("says what is wrong with its environment", async () => {
  const { code, text } = await start({ PORT: "http", TOKEN_SECRET: "short" }).ended;
  expect(code).toBe(1);
  expect(text).toBe(
    "The environment does not make a configuration:\n  PORT is a whole number\n  TOKEN_SECRET has at least 32 characters\n",
  );
}, 60_000);

it("says what it cannot reach, and with what it was not let in", async () => {
  const away = await start({ REDIS_URL: "redis://127.0.0.1:1" }).ended;
  expect([away.code, away.err]).toEqual([
    1,
    "The Redis of REDIS_URL cannot be used: connect ECONNREFUSED 127.0.0.1:1\n",
  ]);
  const url = new URL(sharedRedis().url);
  url.username = "nobody";
  url.password = "wrong";
  const stranger = await start({ REDIS_URL: url.href }).ended;
  expect(stranger.code).toBe(1);
  expect(stranger.err).toMatch(/^The Redis of REDIS_URL cannot be used: WRONGPASS /);
  const forgetful = await startRedis({ settings: { maxmemory: "64mb", "maxmemory-policy": "allkeys-lru" } });
  onTestFinished(() => forgetful.stop());
  for (const ROLE of ["api", "worker"]) {
    const refused = await start({ REDIS_URL: forgetful.url, ROLE }).ended;
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^The Redis of REDIS_URL cannot be used: .*maxmemory-policy allkeys-lru/);
  }
}, 60_000);

it("keeps everything in one place, which processes of a role have to share", () => {
  const redis = { REDIS_URL: "redis://127.0.0.1" };
  expect(() => configFrom({ ...redis, DATABASE_URL: "postgres://127.0.0.1" })).toThrow(
    "REDIS_URL is in place of DATABASE_URL",
  );
  expect(() => configFrom({ ROLE: "worker" })).toThrow("share a DATABASE_URL or a REDIS_URL");
  expect(() => configFrom({ REDIS_URL: "http://127.0.0.1" })).toThrow("REDIS_URL is redis://");
  expect(() => configFrom({ ...redis, REDIS_PREFIX: "{a}" })).toThrow("REDIS_PREFIX is 1 to 48 letters");
  expect(configFrom({ ...redis, ROLE: "worker" })).toMatchObject({ role: "worker", redisPrefix: "duel" });
});

it("has a default for everything, and takes an empty variable for none", () => {
  expect(configFrom({ PORT: "" })).toMatchObject({
    port: 3000,
    host: "127.0.0.1",
    graceMs: 5_000,
    joinsPerMinute: 10,
  });
  expect(configFrom({}).tokenSecret).not.toBe(configFrom({}).tokenSecret);
});
