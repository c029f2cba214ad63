import { freshDatabase, freshTopics, startRedis } from "@evenmatch/services";
import { sharedKafka, sharedPostgres, sharedRedis } from "@evenmatch/services/vitest";
import { createServer } from "node:net";
import { once } from "node:events";
import { resolve } from "node:path";
import { io } from "socket.io-client";
import { expect, it, onTestFinished } from "vitest";
import { dropTopics } from "../cluster/own-place.js";
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
  const url = new URL(sharedRedis().url);
  url.username = "nobody";
  url.password = "wrong";
  const forgetful = await startRedis({ settings: { maxmemory: "64mb", "maxmemory-policy": "allkeys-lru" } });
  onTestFinished(() => forgetful.stop());
  for (const [program, reason] of [
    [start({ REDIS_URL: "redis://127.0.0.1:1" }), /^connect ECONNREFUSED 127\.0\.0\.1:1\n$/],
    [start({ REDIS_URL: url.href }), /^WRONGPASS /],
    [start({ REDIS_URL: forgetful.url, ROLE: "api" }), /maxmemory-policy allkeys-lru/],
    [start({ REDIS_URL: forgetful.url, ROLE: "worker" }), /maxmemory-policy allkeys-lru/],
  ] as const) {
    const { code, err } = await program.ended;
    const [, said] = /^The Redis of REDIS_URL cannot be used: (.*)$/s.exec(err) ?? [];
    expect([code, said], err).toEqual([1, expect.stringMatching(reason)]);
  }
}, 60_000);

it("says which of two places it cannot use", async () => {
  await using database = await freshDatabase(sharedPostgres()[0]!);
  const server = sharedKafka();
  const topics = freshTopics(server);
  onTestFinished(() => dropTopics(server, topics.prefix));
  const kafka = { KAFKA_BROKERS: server.brokers.join(), KAFKA_PREFIX: topics.prefix };
  const nowhere = new URL(database.url);
  nowhere.port = "1";
  await topics.create("classic", { config: { "cleanup.policy": "compact" } });
  const lost = start({ ...kafka, DATABASE_URL: nowhere.href });
  const away = start({ KAFKA_BROKERS: "127.0.0.1:1", DATABASE_URL: database.url, ROLE: "api" });
  const other = start({ ...kafka, DATABASE_URL: database.url, ROLE: "worker" });
  for (const [program, what, reason] of [
    [lost, "database of DATABASE_URL", "ECONNREFUSED"],
    [away, "Kafka of KAFKA_BROKERS", "ECONNREFUSED"],
    [other, "Kafka of KAFKA_BROKERS", "cleanup.policy"],
  ] as const) {
    const { code, err } = await program.ended;
    expect(code, err).toBe(1);
    expect(err).toContain(`The ${what} cannot be used: `);
    expect(err).toContain(reason);
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

it("keeps tickets on Kafka, where there is a database for the rest", () => {
  const kafka = { KAFKA_BROKERS: "kafka1:9092,[::1]:9093", DATABASE_URL: "postgres://127.0.0.1" };
  expect(configFrom({ ...kafka, ROLE: "worker" })).toMatchObject({
    kafkaBrokers: ["kafka1:9092", "[::1]:9093"],
    kafkaPrefix: "duel",
  });
  expect(() => configFrom({ ...kafka, DATABASE_URL: "" })).toThrow("set DATABASE_URL, too");
  const redis = { REDIS_URL: "redis://127.0.0.1" };
  expect(() => configFrom({ ...kafka, ...redis, DATABASE_URL: "" })).toThrow("set DATABASE_URL, too");
  expect(() => configFrom({ ...kafka, ...redis })).toThrow("REDIS_URL is in place of DATABASE_URL");
  for (const KAFKA_BROKERS of ["kafka", "kafka1:9092, kafka2:9092", "kafka1:9092,", "kafka:0x1"])
    expect(() => configFrom({ ...kafka, KAFKA_BROKERS })).toThrow("KAFKA_BROKERS is host:port");
  expect(() => configFrom({ ...kafka, KAFKA_PREFIX: "a b" })).toThrow("KAFKA_PREFIX is 1 to 48 letters");
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
