import { freshPrefix, startProxy, type FreshPrefix, type TcpProxy } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect } from "vitest";
import { fault, refused, works, worksAgain } from "./row.js";
import { aTicket, join, NOON, Stores } from "./world.js";

let keys: FreshPrefix;
let proxy: TcpProxy;
let url = "";
beforeEach(async () => {
  keys = freshPrefix(sharedRedis());
  proxy = await startProxy(sharedRedis().url);
  url = proxy.urlOf(sharedRedis().url);
});
afterEach(async () => {
  await proxy.close();
  await keys.drop();
});

fault("the network refuses connections", async (row) => {
  await using stores = new Stores(url, keys);
  await works(stores.calls);
  await proxy.refuse();
  proxy.cut();
  await refused(row, stores.calls);
  await proxy.accept();
  await worksAgain(stores.calls);
});

fault("a connection is cut while a call waits for its answer", async (row) => {
  const client = new Redis(url, { maxRetriesPerRequest: 0 });
  client.on("error", () => {});
  try {
    await using stores = new Stores(client, keys);
    await works(stores.calls);
    proxy.stall();
    const waiting = Object.entries(stores.calls).map(([name, call]) => {
      const promise = call();
      promise.catch(() => {});
      return [name, () => promise] as const;
    });
    proxy.cut();
    await refused(row, Object.fromEntries(waiting));
    await proxy.restore();
    await worksAgain(stores.calls);
  } finally {
    client.disconnect();
  }
});

fault("an idle connection is cut", async () => {
  await using stores = new Stores(url, keys);
  await works(stores.calls);
  proxy.cut();
  // The driver connects again and sends what waits.
  await works(stores.calls);
});

fault("the network loses everything and tells nobody", async (row) => {
  await using stores = new Stores(url, { ...keys, timeoutMs: 3_000 });
  await works(stores.calls);
  proxy.halfOpen();
  await refused(row, stores.calls);
  await proxy.restore();
  await worksAgain(stores.calls);
});

fault("the network forgets a connection and tells nobody", async (row) => {
  await using stores = new Stores(url, { ...keys, timeoutMs: 3_000 });
  await works(stores.calls);
  proxy.forget();
  // All go the same way; the first that has no answer makes the connection anew.
  const { join } = stores.calls;
  await refused(row, { join: join! });
  await worksAgain(stores.calls);
});

fault("the answer is lost", async (row) => {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 10 });
  client.on("error", () => {});
  try {
    await using stores = new Stores(client, keys);
    await works(stores.calls);
    const ticket = aTicket();
    const submit = () => stores.tickets.submit([join(ticket)], { now: NOON });
    const lost = proxy.loseAnswer({ of: (request) => request.includes(ticket.id) });
    await refused(row, { submit });
    await lost;
    // It was done: the same again is no second ticket.
    expect(await submit()).toEqual([{ type: "same", ticket }]);
  } finally {
    client.disconnect();
  }
});
