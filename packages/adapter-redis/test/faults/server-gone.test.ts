import { startRedis, startRedisCluster, startRedisSentinel, type RedisServer } from "@evenmatch/services";
import { Cluster, Redis } from "ioredis";
import { afterAll, beforeAll, expect } from "vitest";
import { fault, refused, works, worksAgain } from "./row.js";
import { Stores } from "./world.js";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis({ settings: { appendonly: true } });
});
afterAll(() => server.stop());

function quiet<Client extends Redis | Cluster>(client: Client): Client {
  client.on("error", () => {});
  return client;
}

fault("the server is not there at the start", async (row) => {
  await server.shutdown();
  await using stores = new Stores(server.url);
  await refused(row, stores.calls);
  await server.start();
  await worksAgain(stores.calls);
});

fault("the server stops and starts again", async (row) => {
  await using stores = new Stores(server.url);
  await works(stores.calls);
  await server.shutdown();
  await refused(row, stores.calls);
  await server.start();
  await worksAgain(stores.calls);
});

fault("the server is killed", async (row) => {
  await using stores = new Stores(server.url);
  await works(stores.calls);
  await server.kill();
  await refused(row, stores.calls);
  await server.start();
  await worksAgain(stores.calls);
});

fault("the server is frozen", async (row) => {
  await using stores = new Stores(server.url, { timeoutMs: 3_000 });
  await works(stores.calls);
  server.pause();
  await refused(row, stores.calls);
  server.resume();
  await worksAgain(stores.calls);
});

fault("the server still reads its data (`LOADING`)", async (row) => {
  // Slow for each key, and it looks up from time to time to say so.
  const slow = { "key-load-delay": 2_000, "loading-process-events-interval-bytes": 1_024 };
  await using loading = await startRedis({ settings: { save: "900 1", ...slow } });
  await loading.call("EVAL", "for i = 1, 2000 do redis.call('set', 'filler' .. i, i) end", 0);
  // Else the driver keeps calls back until the server is ready, as it does by default.
  const client = quiet(new Redis(loading.url, { enableReadyCheck: false, retryStrategy: () => 10 }));
  try {
    await using stores = new Stores(client);
    await works(stores.calls);
    await loading.shutdown();
    await loading.begin();
    await expect.poll(() => client.ping().catch(String)).toContain("LOADING");
    await refused(row, stores.calls);
    await loading.ready();
    await worksAgain(stores.calls);
  } finally {
    client.disconnect();
  }
});

fault("the master fails over to a replica under Sentinel", async (row) => {
  await using watched = await startRedisSentinel();
  const client = quiet(
    new Redis({
      sentinels: watched.addresses,
      name: watched.name,
      maxRetriesPerRequest: 0,
      sentinelRetryStrategy: () => 100,
      retryStrategy: () => 100,
    }),
  );
  try {
    await using stores = new Stores(client, { timeoutMs: 3_000 });
    await works(stores.calls);
    // Nobody takes its place before all calls have found it gone.
    await watched.downAfter(60_000);
    await (await watched.master()).kill();
    await refused(row, stores.calls);
    await watched.downAfter(1_000);
    await watched.failOver(() => {});
    await worksAgain(stores.calls);
  } finally {
    client.disconnect();
  }
});

fault("a node of a Cluster dies, and has no replica", async (row) => {
  await using cluster = await startRedisCluster({ nodeTimeoutMs: 1_000 });
  const client = quiet(new Cluster(cluster.addresses, { slotsRefreshTimeout: 2_000 }));
  try {
    await using stores = new Stores(client, { timeoutMs: 1_000, prefix: "here" });
    await works(stores.calls);
    const [dying, other] = cluster.nodes;
    await dying!.kill();
    const isMissed = () => other!.call("CLUSTER", "INFO");
    await expect.poll(isMissed).toContain("cluster_state:fail");
    await refused(row, stores.calls);
    await dying!.start();
    await cluster.ready();
    await worksAgain(stores.calls);
  } finally {
    client.disconnect();
  }
});
