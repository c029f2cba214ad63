import type { Delivery } from "@evenmatch/core";
import { startRedisCluster, type RedisCluster } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { describeEventBus } from "@evenmatch/testkit";
import { Cluster } from "ioredis";
import { afterAll, beforeAll, describe, it } from "vitest";
import { EventsSubject, quiet } from "./subject.js";

function describeBus(name: string, delivery: Delivery, streams: number, open: () => EventsSubject): void {
  const named = (_: string, define: () => void): unknown => describe(`RedisEventBus by ${name}`, define);
  describeEventBus(
    { describe: named, it: (promise, run) => it(promise, run, 60_000) },
    {
      name: "RedisEventBus",
      capabilities: { delivery, groups: delivery === "at-least-once" },
      patienceMs: 30_000,
      async open() {
        const subject = open();
        return {
          bus: () => subject.bus({ delivery, streams }),
          close: () => subject[Symbol.asyncDispose](),
        };
      },
    },
  );
}

describe(`on Redis ${sharedRedis().version}`, () => {
  const open = () => new EventsSubject(sharedRedis());
  describeBus("streams of Redis", "at-least-once", 1, open);
  describeBus("four streams of Redis", "at-least-once", 4, open);
  describeBus("pub/sub of Redis", "at-most-once", 1, open);
});

describe("on a Cluster of three nodes", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  const open = () =>
    new EventsSubject({ url: cluster.nodes[0]!.url }, () => quiet(new Cluster(cluster.addresses)));
  describeBus("streams of a Cluster", "at-least-once", 3, open);
  describeBus("pub/sub of a Cluster", "at-most-once", 1, open);
});
