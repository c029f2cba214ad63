import { existsSync } from "node:fs";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  findRedis,
  freshPrefix,
  redisVariable,
  startProxy,
  startRedis,
  usualRedisPlaces,
} from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";

const nowhere = { directories: ["/nowhere"], docker: "no-docker" };

describe("which Redis is found", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("the one that the environment names, and it is left alone", async () => {
    const { url, version } = sharedRedis();
    vi.stubEnv(redisVariable, url);
    const found = await findRedis();
    expect(found).toMatchObject({ url, version, source: "environment" });
    await found.stop();
    expect(await findRedis()).toMatchObject({ version });
  });

  test("a server that the environment names and that is not there is an error, and nothing else is taken", async () => {
    vi.stubEnv(redisVariable, "redis://127.0.0.1:1");
    await expect(findRedis()).rejects.toThrow("EVENMATCH_REDIS_URL names does not answer");
  });

  test("the machine's own program, for whoever asks", async () => {
    vi.stubEnv(redisVariable, "");
    const found = await findRedis({ ...usualRedisPlaces(), docker: "no-docker" });
    await found.stop();
    expect(found.source).toBe("programs");
  });

  test("where there is none, the error says what to install", async () => {
    vi.stubEnv(redisVariable, "");
    await expect(findRedis(nowhere)).rejects.toThrow(
      /Install Redis 6\.2 or newer.* Or start Docker, or set EVENMATCH_REDIS_URL/,
    );
    await expect(startRedis({ places: nowhere })).rejects.toThrow("Install Redis 6.2 or newer");
  });
});

describe("the run's Redis", () => {
  test("a prefix of one's own is empty, and so again afterwards; others keep theirs", async () => {
    const client = new Redis(sharedRedis().url);
    try {
      await using other = freshPrefix(sharedRedis());
      const mine = freshPrefix(sharedRedis());
      expect(await mine.keys()).toEqual([]);
      await client.mset(`${mine.prefix}:a`, 1, `{x:${mine.prefix}}:b`, 1, `${other.prefix}:c`, 1);
      expect(await mine.keys()).toEqual([`${mine.prefix}:a`, `{x:${mine.prefix}}:b`]);
      await mine.drop();
      expect(await mine.keys()).toEqual([]);
      expect(await other.keys()).toEqual([`${other.prefix}:c`]);
    } finally {
      client.disconnect();
    }
  });
});

describe("a Redis of one's own", () => {
  const durable = { appendonly: true, appendfsync: "always" };

  test("restarts, and is killed and comes back, on the same port with what its log holds", async () => {
    await using server = await startRedis({ settings: durable });
    await server.call("SET", "kept", "still here");
    for (const how of ["shutdown", "kill"] as const) {
      const before = server.pid;
      await server.restart({ how });
      expect(server.pid).not.toBe(before);
      expect(await server.call("GET", "kept")).toBe("still here");
    }
    await server.kill();
    await expect(server.call("PING")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(server.ready()).rejects.toThrow("Redis does not run");
  });

  test("is empty after a restart where nothing is written", async () => {
    await using server = await startRedis();
    await server.call("SET", "lost", 1);
    await server.restart();
    expect(await server.call("DBSIZE")).toBe(0);
  });

  test("loses the tail of its log, as when the power goes, and a script's half is no half", async () => {
    await using server = await startRedis({ settings: durable });
    await server.call("SET", "first", 1);
    const size = await server.logSize();
    await server.call("EVAL", "redis.call('set', 'second', 1) redis.call('set', 'third', 1)", 0);
    const end = await server.logSize();
    await expect(server.loseLog({ after: size })).rejects.toThrow("kill it first");
    await server.kill();
    await server.loseLog({ after: end - 5 });
    await server.start();
    expect(await server.call("MGET", "first", "second", "third")).toEqual(["1", null, null]);
  });

  test("answers nobody while it is paused, and goes on where it was", async () => {
    await using server = await startRedis();
    await server.call("SET", "kept", 1);
    const client = new Redis(server.url);
    try {
      await client.ping();
      server.pause();
      const answer = client.get("kept");
      expect(await Promise.race([answer, new Promise((done) => setTimeout(done, 200, "nothing"))])).toBe(
        "nothing",
      );
      server.resume();
      expect(await answer).toBe("1");
    } finally {
      client.disconnect();
    }
  });

  test("takes settings at the start and while it runs, a password among them", async () => {
    await using server = await startRedis({
      settings: { requirepass: "se cret".replace(" ", "/"), save: "900 1" },
    });
    expect(await server.call("CONFIG", "GET", "save")).toEqual(["save", "900 1"]);
    await server.set({ maxmemory: 2_000_000, appendonly: true });
    expect(await server.call("CONFIG", "GET", "appendonly")).toEqual(["appendonly", "yes"]);
    expect(await server.call("CONFIG", "GET", "maxmemory")).toEqual(["maxmemory", "2000000"]);
  });

  test("that cannot start says why, and leaves nothing", async () => {
    await expect(startRedis({ settings: { nonsense: 1 } })).rejects.toThrow("Bad directive");
  });

  test("a replica has everything when its master dies, and takes over", async () => {
    await using server = await startRedis();
    await using replica = await server.replica();
    await server.call("SET", "kept", "on both");
    await replica.follows();
    await expect(replica.call("SET", "mine", 1)).rejects.toThrow("READONLY");
    expect(await server.call("WAIT", 1, 5_000)).toBeTypeOf("number");
    await expect.poll(() => replica.call("GET", "kept")).toBe("on both");
    await server.kill();
    await replica.promote();
    expect(await replica.call("GET", "kept")).toBe("on both");
    await replica.call("SET", "mine", 1);
  });

  test("is gone with its files when it is stopped, paused or not", async () => {
    const server = await startRedis();
    server.pause();
    await server.stop();
    expect(server.pid).toBeUndefined();
    expect(existsSync(server.directory)).toBe(false);
  });
});

describe("the proxy before Redis", () => {
  test("cuts, and the client comes back; an answer that is lost was a command that was done", async () => {
    const server = sharedRedis();
    await using keys = freshPrefix(server);
    await using proxy = await startProxy(server.url);
    const client = new Redis(proxy.urlOf(server.url), { maxRetriesPerRequest: 0, retryStrategy: () => 10 });
    client.on("error", () => {});
    try {
      const key = `${keys.prefix}:count`;
      expect(await client.incr(key)).toBe(1);
      const lost = proxy.loseAnswer({ of: (request) => request.includes("incr") });
      await expect(client.incr(key)).rejects.toThrow();
      await lost;
      await expect.poll(() => client.get(key).catch(() => undefined)).toBe("2");
      proxy.cut();
      await expect.poll(() => client.incr(key).catch(() => undefined)).toBe(3);
    } finally {
      client.disconnect();
    }
  });
});
