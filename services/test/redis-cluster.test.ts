import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProxy, startRedisCluster, type RedisCluster } from "@evenmatch/services";

describe("a Cluster of three masters", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  test("has every slot, and a client finds each key on its node", async () => {
    const client = new Cluster(cluster.addresses);
    try {
      const owners = new Set<number>();
      for (const key of ["a", "b", "c", "d", "e", "f"]) {
        await client.set(key, `value of ${key}`);
        const node = await cluster.nodeOf(key);
        expect(await node.call("GET", key)).toBe(`value of ${key}`);
        owners.add(node.port);
      }
      expect(owners.size).toBe(3);
    } finally {
      client.disconnect();
    }
  });

  test("moves a slot with its keys, and a client follows", async () => {
    const client = new Cluster(cluster.addresses);
    try {
      await client.mset("{moving}:1", "one", "{moving}:2", "two");
      const before = await cluster.nodeOf("{moving}");
      const target = cluster.nodes.find((node) => node !== before)!;
      await cluster.move("{moving}", target);
      expect(await cluster.nodeOf("{moving}")).toBe(target);
      await expect(before.call("GET", "{moving}:1")).rejects.toThrow("MOVED");
      expect(await client.mget("{moving}:1", "{moving}:2")).toEqual(["one", "two"]);
      await cluster.ready();
    } finally {
      client.disconnect();
    }
  });

  test("is reached through proxies that the client is told of", async () => {
    const proxies = await Promise.all(cluster.addresses.map((address) => startProxy(address)));
    const natMap = Object.fromEntries(
      cluster.addresses.map(({ host, port }, at) => [`${host}:${port}`, { host, port: proxies[at]!.port }]),
    );
    const client = new Cluster(
      proxies.map(({ port }) => ({ host: "127.0.0.1", port })),
      { natMap, clusterRetryStrategy: () => 20, retryDelayOnFailover: 20 },
    );
    client.on("error", () => {});
    try {
      for (const key of ["a", "b", "c", "d", "e", "f"]) await client.set(key, 1);
      expect(proxies.map(({ open }) => open > 0)).toEqual([true, true, true]);
      expect(proxies.map((proxy) => proxy.cut() > 0)).toEqual([true, true, true]);
      await expect.poll(() => client.get("a").catch(() => undefined)).toBe("1");
    } finally {
      client.disconnect();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    }
  });

  test("is not whole while a node is down, and is again afterwards with what the others hold", async () => {
    const key = "b";
    const [lost, kept] = [await cluster.nodeOf("b"), cluster.nodes];
    await lost.kill();
    await expect(cluster.ready({ timeoutMs: 100 })).rejects.toThrow();
    await lost.start();
    await cluster.ready();
    expect(kept).toContain(await cluster.nodeOf(key));
  });
});

test("in a Cluster with replicas another node takes over, with what it had", async () => {
  await using cluster = await startRedisCluster({ replicas: 1, nodeTimeoutMs: 1_000 });
  const client = new Cluster(cluster.addresses);
  client.on("error", () => {});
  try {
    await client.set("kept", "still here");
    const master = await cluster.nodeOf("kept");
    expect(await master.call("WAIT", 1, 5_000)).toBeTypeOf("number");
    await master.kill();
    await expect
      .poll(() => client.get("kept").catch(() => undefined), { timeout: 30_000 })
      .toBe("still here");
    // Not every node has heard of it at once.
    await expect.poll(() => cluster.nodeOf("kept")).not.toBe(master);
  } finally {
    client.disconnect();
  }
});
