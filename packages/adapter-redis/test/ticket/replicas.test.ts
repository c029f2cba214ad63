import { startProxy, startRedis, startRedisCluster } from "@evenmatch/services";
import { Cluster } from "ioredis";
import { expect, it } from "vitest";
import { redisTicketStore } from "../../src/index.js";
import { quiet } from "./subject.js";
import { NOW, play, ticket } from "./worker.js";

const join = (name: string) => [{ type: "join", ticket: ticket(name) }] as const;
const unknown = { code: "STORE_UNAVAILABLE", retryable: true, received: 0 };

it("acknowledges what enough replicas have, and says that it is not known while they have it not", async () => {
  await using master = await startRedis();
  await using replica = await master.replica();
  await play(
    { replicas: { atLeast: 1, timeoutMs: 1_000 } },
    async ({ store, prefix }) => {
      expect((await store.submit(join("a"), { now: NOW }))[0]?.type).toBe("added");
      expect(await replica.call("HLEN", `{${prefix}:duel}:waiting:eu`)).toBe(1);
      replica.pause();
      await expect(store.submit(join("b"), { now: NOW })).rejects.toMatchObject(unknown);
      // It stands, and changes nothing when it is sent again: that is no reason to take it for safe.
      await expect(store.submit(join("b"), { now: NOW })).rejects.toMatchObject(unknown);
      replica.resume();
      await expect
        .poll(async () => (await store.submit(join("b"), { now: NOW }).catch(() => []))[0]?.type)
        .toBe("same");
    },
    master,
  );
});

it("does not take the word of a successor for what its predecessor did", async () => {
  await using master = await startRedis();
  await using replica = await master.replica();
  await using network = await startProxy(master.url);
  await replica.call("REPLICAOF", "127.0.0.1", network.port);
  await replica.follows();
  // The successor has a replica of its own, so it has an answer to whoever asks for one.
  await using last = await replica.replica();
  await using address = await startProxy(master.url);
  await play(
    { replicas: { atLeast: 1, timeoutMs: 10_000 } },
    async ({ store, prefix }) => {
      // The server knows the script from now on.
      await store.submit(join("a"), { now: NOW });
      network.halfOpen();
      const refused = expect(store.submit(join("b"), { now: NOW })).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
        retryable: true,
      });
      await expect.poll(() => master.call("HLEN", `{${prefix}:duel}:waiting:eu`)).toBe(2);
      await master.kill();
      await replica.promote();
      address.target(replica.url);
      await refused;
      await last.follows();
      await expect
        .poll(async () => (await store.submit(join("b"), { now: NOW }).catch(() => []))[0]?.type)
        .toBe("added");
    },
    { url: address.urlOf(master.url) },
  );
});

it("waits for the replicas of the server of a Cluster that has the queue", async () => {
  await using cluster = await startRedisCluster();
  const client = quiet(new Cluster(cluster.addresses));
  await using store = redisTicketStore(client, { replicas: { atLeast: 1, timeoutMs: 50 } });
  await expect(store.submit(join("a"), { now: NOW })).rejects.toMatchObject(unknown);
  const [found] = await store.read([{ type: "ticket", ticketId: ticket("a").id }], {});
  expect(found?.state).toBe("waiting");
  client.disconnect();
});

it.each([
  { atLeast: 0, timeoutMs: 100 },
  { atLeast: 1, timeoutMs: 0 },
  { atLeast: 1.5, timeoutMs: 100 },
])("refuses %j", (replicas) => {
  const make = (): unknown => redisTicketStore("redis://127.0.0.1:1", { replicas });
  expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error);
});
