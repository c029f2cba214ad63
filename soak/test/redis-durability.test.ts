import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { startRedis, type RedisServer } from "@evenmatch/services";
import { rng } from "@evenmatch/testkit";
import { killServer, loseTail, tearLog } from "../src/redis/death.js";
import { redisCli } from "../src/redis/cli.js";
import { DURABILITY, lossWindow, type DurabilityName } from "../src/redis/durability.js";
import { Replication } from "../src/redis/replication.js";

/** Long enough for a script to be found in the middle of the file, and short enough to wait for. */
const TAIL = 150;

describe("a Redis that dies", { timeout: 60_000 }, () => {
  it("has all that it acknowledged when only its process dies, half a last entry or not", async () => {
    const server = await started("always");
    await set(server, "before", "1");
    await killServer(server);
    await tearLog(server);
    await server.start();
    expect(await get(server, "before")).toBe("1");
    expect(await server.logTail()).toMatch(/[Tt]runcat/);
  });

  it("goes back to what was on the disk when a tail is cut", async () => {
    const server = await started("everysec");
    await set(server, "early", "1");
    const losing = loseTail(server, { tailMs: TAIL }, rng(1));
    const written = await writesUntil(losing, server);
    const { after, before } = await losing;
    await server.start();
    expect(await get(server, "early")).toBe("1");
    expect(Number(await get(server, "late"))).toBeLessThan(written);
    expect(before).toBeGreaterThanOrEqual(after);
  });

  it("waits for a tail where nothing has been written yet", async () => {
    const server = await started("everysec");
    const losing = loseTail(server, { tailMs: 40 }, rng(1));
    await pause(100);
    await writesUntil(losing, server);
    await expect(losing).resolves.toHaveProperty("before");
  });

  it("loses a tail also where a look at it takes longer than the tail is", async () => {
    const server = await started("everysec");
    let looks = 0;
    const slow = {
      logSize: () => pause(++looks % 2 === 0 ? 100 : 0).then(() => server.logSize()),
      kill: () => server.kill(),
      loseLog: (log: Parameters<RedisServer["loseLog"]>[0]) => server.loseLog(log),
    };
    const losing = loseTail(slow, { tailMs: 40 }, rng(1));
    await writesUntil(losing, server);
    await expect(losing).resolves.toHaveProperty("before");
  });

  it("does not take a pause in what is written for its end", async () => {
    const server = await started("everysec");
    const began = Date.now();
    const losing = loseTail(server, { tailMs: 2_000 }, rng(1));
    await server.call("SET", "early", 1);
    await pause(500);
    await writesUntil(losing, server);
    expect((await losing).after - began).toBeGreaterThanOrEqual(2_000);
  });

  it("waits until some of its tail is older than what may be lost", async () => {
    const server = await started("everysec");
    const losing = loseTail(server, { tailMs: 3_000, excusedMs: 1_500 }, rng(1));
    await pause(2_500);
    const before = Date.now();
    await server.call("SET", "late", 1);
    const { after } = await losing;
    // Looked at now and then; at the end of the tail it would have been half a second.
    expect(after - before).toBeGreaterThan(1_000);
    await server.start();
    expect(await get(server, "late")).toBe(null);
  });

  it("cannot have lost a tail that was never written", async () => {
    const server = await started("everysec");
    await expect(loseTail(server, { tailMs: 1, patienceMs: 0 }, rng(1))).rejects.toThrow(
      "there is no tail to lose",
    );
  });

  it("has nothing left where nothing was written", async () => {
    const server = await started("none");
    await set(server, "before", "1");
    await killServer(server);
    await server.start();
    expect(await get(server, "before")).toBe(null);
  });
});

describe("a master whose replica is behind", { timeout: 60_000 }, () => {
  it("takes what the replica never got with it", async () => {
    const { master, replication } = await replicated("replica");
    await set(master, "early", "1");
    await acknowledged(master);
    const failing = replication.failOver(master, TAIL);
    await writesUntil(failing, master);
    const { successor } = await failing;
    expect(await get(successor, "early")).toBe("1");
    expect(await get(successor, "late")).toBe(null);
    await set(successor, "after", "1");
  });

  it("cannot have lost what the replica has", async () => {
    const { master, replication } = await replicated("replica");
    await expect(replication.failOver(master, 1, 0)).rejects.toThrow("there is no tail to lose");
  });

  it("refuses to write before its window is over, so that the window has an end", async () => {
    const { master, replication } = await replicated("replica");
    await set(master, "early", "1");
    const began = Date.now();
    replication.behind();
    const refused = await writesUntilRefused(master);
    expect(refused.message).toContain("NOREPLICAS");
    // The last that it took was acknowledged within the window, whenever it dies from now on.
    expect(refused.lastWritten - began).toBeLessThan(DURABILITY.replica.windowMs);
  });

  it("has a successor that is not alone where the store waits for replicas", async () => {
    const { master, replication } = await replicated("wait");
    const failing = replication.failOver(master, TAIL);
    await writesUntil(failing, master);
    const { successor } = await failing;
    const [, having] = await redisCli(successor.url, [
      ["SET", "after", "1"],
      ["WAIT", "1", "10000"],
    ]);
    expect(having).toEqual(["1"]);
  });
});

describe("what may be lost", () => {
  const death = { after: 10_000, before: 10_050 };

  it.each([
    ["always", undefined],
    ["everysec", { from: 8_000 }],
    ["none", { from: -Infinity }],
    ["replica", { from: 6_000 }],
    ["wait", { from: 6_000, newsOnly: true }],
  ] satisfies [DurabilityName, object | undefined][])("%s", (name, window) => {
    const rest = { until: 10_050, toldUntil: 13_000 };
    expect(lossWindow(DURABILITY[name], death, 13_000)).toEqual(window && { ...window, ...rest });
  });
});

async function started(name: DurabilityName): Promise<RedisServer> {
  // A master that says to its replicas that it is there writes more than it was asked to.
  const settings = { ...DURABILITY[name].settings, "repl-ping-replica-period": 3_600 };
  const server = await startRedis({ settings });
  onTestFinished(() => server.stop());
  return server;
}

async function replicated(
  name: DurabilityName,
): Promise<{ readonly master: RedisServer; readonly replication: Replication }> {
  const master = await started(name);
  const replication = await Replication.start(master, { chain: "replicas" in DURABILITY[name] });
  onTestFinished(() => replication.close());
  return { master, replication };
}

async function set(server: RedisServer, key: string, value: string): Promise<void> {
  expect(await redisCli(server.url, [["SET", key, value]])).toEqual([["OK"]]);
}

async function get(server: RedisServer, key: string): Promise<string | null | undefined> {
  const [reply] = await redisCli(server.url, [["GET", key]]);
  return reply?.[0];
}

/** Resolves when a replica has all that was written so far. */
async function acknowledged(server: RedisServer): Promise<void> {
  const replies = await redisCli(server.url, [
    ["SET", "mark", "1"],
    ["WAIT", "1", "10000"],
  ]);
  expect(replies[1]).toEqual(["1"]);
}

/** Writes `late` with 1, 2, … until something is over, which kills the server; the last that was acknowledged. */
async function writesUntil(over: Promise<unknown>, server: RedisServer): Promise<number> {
  let isOver = false;
  const ended = over.finally(() => (isOver = true)).catch(() => {});
  let written = 0;
  while (!isOver) {
    try {
      await server.call("SET", "late", written + 1);
      written++;
    } catch {
      // It is dead.
      break;
    }
  }
  await ended;
  expect(written).toBeGreaterThan(0);
  return written;
}

/** Writes, and says when by the clock of the server: what it stood still afterwards is not its window. */
const WRITE = `redis.call("SET", KEYS[1], "1")
  local now = redis.call("TIME")
  return now[1] * 1000 + math.floor(now[2] / 1000)`;

async function writesUntilRefused(
  server: RedisServer,
): Promise<{ readonly message: string; readonly lastWritten: number }> {
  let lastWritten = 0;
  for (;;) {
    try {
      lastWritten = Number(await server.call("EVAL", WRITE, 1, "late"));
    } catch (error) {
      return { message: String(error), lastWritten };
    }
  }
}
