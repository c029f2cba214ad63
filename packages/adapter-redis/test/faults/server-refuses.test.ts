import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startRedis, type RedisServer } from "@evenmatch/services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect } from "vitest";
import { fault, refused, works, worksAgain } from "./row.js";
import { Stores } from "./world.js";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

fault("the server takes no writes (`READONLY`): it is a replica", async (row) => {
  await using stores = new Stores(server.url);
  await works(stores.calls);
  await using other = await startRedis();
  await server.call("REPLICAOF", other.host, other.port);
  await refused(row, stores.writes);
  await server.promote();
  await works(stores.calls);
});

fault("the server's memory is full (`OOM`)", async (row) => {
  await using stores = new Stores(server.url);
  await works(stores.calls);
  await server.set({ maxmemory: 1 });
  await refused(row, stores.writes);
  await works(stores.others);
  await server.set({ maxmemory: 0 });
  await works(stores.calls);
});

fault("a script of somebody else keeps the server busy (`BUSY`)", async (row) => {
  await using stores = new Stores(server.url, { timeoutMs: 2_000 });
  await works(stores.calls);
  await server.set({ "lua-time-limit": 10 });
  const busy = new Redis(server.url);
  const endless = busy.eval("while true do end", 0).catch(() => {});
  await expect.poll(() => server.call("PING").catch(String)).toContain("BUSY");
  await refused(row, stores.calls);
  await server.call("SCRIPT", "KILL");
  await endless;
  busy.disconnect();
  await works(stores.calls);
});

fault("the server cannot write its snapshots (`MISCONF`)", async (row) => {
  await using broken = await startRedis({ settings: { save: "1000000 1" } });
  await using stores = new Stores(broken.url);
  await works(stores.calls);
  // A directory where the file should be.
  await mkdir(join(broken.directory, "data/dump.rdb"));
  await broken.call("BGSAVE");
  await expect
    .poll(() => broken.call("INFO", "persistence"), { timeout: 10_000 })
    .toContain("rdb_last_bgsave_status:err");
  await refused(row, stores.writes);
  await broken.set({ "stop-writes-on-bgsave-error": false });
  await works(stores.calls);
});

fault("too few replicas follow (`NOREPLICAS`)", async (row) => {
  await using stores = new Stores(server.url);
  await works(stores.calls);
  await server.set({ "min-replicas-to-write": 1 });
  await refused(row, stores.writes);
  await works(stores.others);
  await server.set({ "min-replicas-to-write": 0 });
  await works(stores.calls);
});

fault("the scripts are flushed", async () => {
  await using stores = new Stores(server.url);
  await works(stores.calls);
  await server.call("SCRIPT", "FLUSH");
  await works(stores.calls);
});

fault("the password is wrong", async (row) => {
  await server.call("ACL", "SETUSER", "ann", "reset", "on", ">right", "~*", "&*", "+@all");
  await using stores = new Stores(server.urlOf({ user: "ann", password: "wrong" }));
  await refused(row, stores.calls);
  await server.call("ACL", "SETUSER", "ann", ">wrong");
  await worksAgain(stores.calls);
});

fault("there is no password, and the server asks for one", async (row) => {
  await using stores = new Stores(server.url);
  await server.call("CONFIG", "SET", "requirepass", "secret");
  await refused(row, stores.calls);
  const admin = new Redis(server.url, { password: "secret" });
  await admin.config("SET", "requirepass", "");
  admin.disconnect();
  await worksAgain(stores.calls);
});

fault("the user lacks a command", async (row) => {
  const acl = (...rules: string[]) => server.call("ACL", "SETUSER", "poor", ...rules);
  await acl("reset", "on", ">secret", "~*", "&*", "+@all", "-xadd", "-xgroup", "-publish", "-subscribe");
  await using stores = new Stores(server.urlOf({ user: "poor", password: "secret" }));
  const errors = await refused(row, stores.calls);
  expect(errors["join"]!.message).toContain('received "xadd"');
  expect(errors["publish"]!.message).toContain('received "xadd, xgroup|create, xgroup|destroy"');
  expect(errors["announce"]!.message).toContain('received "publish, subscribe"');
  await acl("+@all");
  await works(stores.calls);
  // Taken away later.
  await acl("-xadd", "-publish");
  const { publish, announce } = stores.calls;
  await refused(row, { publish: publish!, announce: announce! });
  await acl("+@all");
  await works(stores.calls);
});

fault("the user may not use keys or channels of these names", async (row) => {
  await server.call(
    "ACL",
    "SETUSER",
    "far",
    "reset",
    "on",
    ">secret",
    "~other*",
    "resetchannels",
    "&other*",
    "+@all",
  );
  await using stores = new Stores(server.urlOf({ user: "far", password: "secret" }));
  await refused(row, stores.calls);
  await server.call("ACL", "SETUSER", "far", "~{evenmatch*", "&{evenmatch*");
  await works(stores.calls);
});

fault("the server throws away what it was given when memory is short", async (row) => {
  await server.set({ "maxmemory-policy": "allkeys-lru", maxmemory: "100mb" });
  await using stores = new Stores(server.url);
  await refused(row, stores.calls);
  await server.set({ "maxmemory-policy": "noeviction", maxmemory: 0 });
  await works(stores.calls);
});
