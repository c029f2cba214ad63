import { startRedis, startRedisCluster } from "@evenmatch/services";
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
    { replicas: { atLeast: 1, timeoutMs: 300 } },
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
