import { getEventListeners } from "node:events";
import type { EvenmatchError } from "@evenmatch/core";
import { startRedis } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { settingsOf } from "../../src/connection/options.js";
import { RedisServer } from "../../src/connection/server.js";
import type { RedisLike } from "../../src/connection/driver.js";

const { url } = sharedRedis();
const clients: Redis[] = [];
afterAll(() => clients.forEach((client) => client.disconnect()));

function client(at: string = url): Redis {
  const made = new Redis(at);
  made.on("error", () => {});
  clients.push(made);
  return made;
}

const ECHO = { name: "echo", text: "return { KEYS[1], ARGV[1] }" };
const WRITE = { name: "write", text: "return redis.call('hset', KEYS[1], 'f', ARGV[1])" };

function serverOn(
  given: RedisLike | string,
  timeoutMs = 5_000,
  report?: (problem: EvenmatchError) => void,
): RedisServer {
  const settings = settingsOf({ timeoutMs, prefix: "connection" });
  return new RedisServer(given, settings, [["hset", "f", "v"]], report);
}

describe("what is behind a store on Redis", () => {
  it.each([
    ["a URL", () => url],
    ["a client", () => client()],
  ])("runs commands and scripts on %s, also after the scripts were thrown away", async (_, given) => {
    const server = serverOn(given());
    expect(await server.call("ping", [])).toBe("PONG");
    expect(await server.run(ECHO, ["{connection}:k"], ["é\n"])).toEqual(["{connection}:k", "é\n"]);
    await server.call("script", ["flush"]);
    expect(await server.run(ECHO, ["{connection}:k"], [1])).toEqual(["{connection}:k", "1"]);
    await server.close();
    await expect(server.call("ping", [])).rejects.toMatchObject({ code: "CLOSED", retryable: false });
  });

  it("gives up all calls that wait on one signal, to which they are one listener", async () => {
    const server = serverOn(client());
    await server.call("ping", []);
    const giving = new AbortController();
    const { signal } = giving;
    const calls = Array.from({ length: 20 }, () =>
      server.call("blpop", ["{connection}:none", 1], { signal }),
    );
    const given = Promise.allSettled(calls);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    giving.abort(new Error("enough"));
    for (const call of await given)
      expect(call).toMatchObject({ status: "rejected", reason: signal.reason as Error });
    await server.close();
  });

  it("leaves the application's client open, and closes the connections that it made of it", async () => {
    const given = client();
    const server = serverOn(given);
    const line = await server.line();
    const waiting = line.call("xread", ["BLOCK", 60_000, "STREAMS", "{connection}:s", "$"], 60_000);
    const refused = expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await server.call("ping", []);
    await server.close();
    await refused;
    expect(await given.ping()).toBe("PONG");
  });

  it("reads what comes on a connection of its own, made anew when it breaks", async () => {
    const server = serverOn(client());
    const line = await server.line();
    const id = Number(await line.call("client", ["id"]));
    const read = line.call("xread", ["BLOCK", 60_000, "STREAMS", "{connection}:s", "$"], 60_000);
    const refused = expect(read).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    await expect.poll(() => server.call("client", ["list", "id", id])).toContain("cmd=xread");
    await server.call("client", ["kill", "id", id]);
    await refused;
    expect(Number(await line.call("client", ["id"]))).toBeGreaterThan(id);
    await server.close();
  });

  it("refuses what is neither client nor URL, a prefix with braces, and a client that changes key names", () => {
    const misuse = { code: "INVALID_OPTIONS" };
    for (const given of ["localhost", "http://localhost", {}, undefined])
      expect(() => serverOn(given as string)).toThrow(expect.objectContaining(misuse) as Error);
    const prefixed = client().duplicate({ keyPrefix: "app:", lazyConnect: true });
    expect(() => serverOn(prefixed)).toThrow(expect.objectContaining(misuse) as Error);
    expect(() => settingsOf({ prefix: "{a}" })).toThrow(expect.objectContaining(misuse) as Error);
  });
});

describe("a server that cannot be worked with", () => {
  it("is named: what the user may not do, all of it at once", async () => {
    await using redis = await startRedis();
    await redis.call("ACL", "SETUSER", "poor", "on", ">secret", "~*", "+@all", "-info", "-hset");
    const server = serverOn(redis.urlOf({ user: "poor", password: "secret" }));
    await expect(server.call("ping", [])).rejects.toMatchObject({
      code: "STORE_MISCONFIGURED",
      retryable: false,
      received: "info, hset",
    });
    await redis.call("ACL", "SETUSER", "poor", "+@all");
    expect(await server.call("ping", [])).toBe("PONG");
    await server.close();
    const wrong = serverOn(redis.urlOf({ user: "poor", password: "wrong" }));
    await expect(wrong.call("ping", [])).rejects.toMatchObject({ code: "STORE_MISCONFIGURED" });
    await wrong.close();
  });

  it("is named: one that throws away what it was given when memory is short", async () => {
    await using redis = await startRedis({
      settings: { maxmemory: "100mb", "maxmemory-policy": "allkeys-lru" },
    });
    const reported: unknown[] = [];
    const server = serverOn(redis.url, 5_000, (problem) => reported.push(problem));
    await expect(server.call("ping", [])).rejects.toMatchObject({
      code: "STORE_MISCONFIGURED",
      received: "maxmemory-policy allkeys-lru",
    });
    expect(reported).toEqual([]);
    // One that throws away what has ended works, and is reported once.
    await redis.set({ "maxmemory-policy": "volatile-lru" });
    for (let call = 0; call < 2; call++) expect(await server.call("ping", [])).toBe("PONG");
    expect(reported).toMatchObject([
      { code: "STORE_MISCONFIGURED", received: "maxmemory-policy volatile-lru" },
    ]);
    await server.close();
  });

  it("is told by the word that it answers with", async () => {
    await using redis = await startRedis();
    const given = client(redis.url);
    const server = serverOn(given, 3_000);
    const write = (): Promise<unknown> => server.run(WRITE, ["{connection}:h"], ["v"]);
    await write();
    const unavailable = { code: "STORE_UNAVAILABLE", retryable: true };
    await redis.set({ maxmemory: 1 });
    await expect(write()).rejects.toMatchObject(unavailable);
    await redis.set({ maxmemory: 0 });
    await redis.call("SET", "{connection}:h2", "somebody else's");
    await expect(server.run(WRITE, ["{connection}:h2"], ["v"])).rejects.toMatchObject({
      code: "STORE_MISCONFIGURED",
      retryable: false,
    });
    redis.pause();
    await expect(write()).rejects.toMatchObject(unavailable);
    redis.resume();
    await write();
    await redis.shutdown();
    await expect(write()).rejects.toMatchObject(unavailable);
    await redis.start();
    await expect
      .poll(() =>
        write().then(
          () => "works",
          () => "not yet",
        ),
      )
      .toBe("works");
    await server.close();
  });
});
