import { startRedis, startRedisCluster, startRedisSentinel } from "@evenmatch/services";
import { event, events, numbers, once, seqs } from "@evenmatch/services/vitest/adapter";
import { Cluster, Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { EventsSubject, insist, quiet, until } from "./subject.js";

/** A server that keeps what it is given when its process is killed. */
const KEEPS = { appendonly: true, appendfsync: "always" };

describe("a bus whose server", () => {
  it("is killed and comes back goes on where it was, with everything that was published", async () => {
    await using server = await startRedis({ settings: KEEPS });
    await using subject = new EventsSubject(server);
    const bus = subject.bus();
    const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    for (let round = 0; round < 3; round++) {
      await insist(() => bus.publish(events(10 * round, 10 * round + 10), {}));
      await server.restart({ how: "kill" });
    }
    await insist(() => bus.publish([event(30)], {}));
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(30)));
    for (const { heard } of [one, member]) expect(once(seqs(heard))).toEqual(numbers(0, 31));
  });

  it("comes back empty tells everybody, and goes on", async () => {
    await using server = await startRedis();
    await using subject = new EventsSubject(server);
    const bus = subject.bus();
    const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    await bus.publish(events(0, 5), {});
    await until(() => [one, member].every(({ heard }) => heard.length === 5));
    await server.restart({ how: "kill" });
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(-1)));
    await insist(() => bus.publish([event(5)], {}));
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(5)));
    for (const { heard } of [one, member]) {
      expect(seqs(heard).slice(5)).toEqual([-1, 5]);
      expect(heard[5]).toMatchObject({ data: { error: { code: "LISTENER_TOO_SLOW" } } });
    }
  });

  it("loses the end of its log goes on behind the newest event that is left", async () => {
    await using server = await startRedis({ settings: KEEPS });
    await using subject = new EventsSubject(server);
    const bus = subject.bus();
    const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    await bus.publish(events(0, 5), {});
    await until(() => [one, member].every(({ heard }) => heard.length === 5));
    // What the group acknowledges is in the log, too.
    await until(async () => Number((await subject.admin.xpending(subject.log(), "g"))[0]) === 0);
    const after = await server.logSize();
    await bus.publish(events(5, 10), {});
    await until(() => [one, member].every(({ heard }) => heard.length === 10));
    await server.kill();
    await server.loseLog({ after });
    await server.start();
    await insist(() => bus.publish(events(20, 40), {}));
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(39)));
    for (const { heard } of [one, member]) expect(once(seqs(heard).slice(10))).toEqual(numbers(20, 40));
  });

  it("fails over by Sentinel goes on with the new one", async () => {
    await using watched = await startRedisSentinel();
    const { url } = await watched.master();
    const client = () =>
      quiet(
        new Redis({
          sentinels: watched.addresses,
          name: watched.name,
          sentinelRetryStrategy: () => 100,
          retryStrategy: () => 100,
        }),
      );
    await using subject = new EventsSubject({ url }, client);
    const bus = subject.bus();
    const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    await bus.publish(events(0, 5), {});
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(4)));
    // A replica that has not begun to follow has nothing to go on with.
    await subject.admin.set(`${subject.log()}:mark`, 1);
    expect(await subject.admin.wait(1, 10_000)).toBe(1);
    const { old } = await watched.failOver();
    await insist(() => bus.publish(events(5, 10), {}));
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(9)));
    for (const { heard } of [one, member])
      expect(once(seqs(heard)).filter((seq) => seq >= 0)).toEqual(numbers(0, 10));
    await old.start();
    await watched.ready();
  });
});

describe("a bus on a Cluster", () => {
  it("goes on when slots move to another node, and when a replica takes a node's place", async () => {
    await using cluster = await startRedisCluster({ replicas: 1 });
    const client = () => quiet(new Cluster(cluster.addresses, { slotsRefreshTimeout: 2_000 }));
    await using subject = new EventsSubject({ url: cluster.nodes[0]!.url }, client);
    const streams = 3;
    const bus = subject.bus({ streams, timeoutMs: 2_000 });
    const pools = numbers(0, 6).map((index) => ({ queue: "duel", region: `r${index}` }));
    const [one, member] = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    const publish = async (seq: number): Promise<void> => {
      const all = pools.map((pool) => event(seq, pool));
      await insist(() => bus.publish(all, {}));
    };
    const heardAll = (seq: number): Promise<unknown> =>
      until(() =>
        [one, member].every(({ heard }) =>
          pools.every(({ region }) => heard.some((e) => e.seq === seq && e.pool?.region === region)),
        ),
      );
    await publish(0);
    await heardAll(0);
    const moving = await cluster.nodeOf(subject.log(0));
    await cluster.move(
      subject.log(0),
      cluster.nodes.slice(0, 3).find((node) => node !== moving)!,
    );
    await publish(1);
    await heardAll(1);
    // Nobody is to be taken for dead before.
    for (const node of cluster.nodes) await node.call("CONFIG", "SET", "cluster-node-timeout", 1_000);
    const dying = await cluster.nodeOf(subject.log(1));
    await dying.call("WAIT", 1, 5_000);
    await dying.kill();
    await publish(2);
    await heardAll(2);
    for (const { heard } of [one, member])
      for (const { region } of pools)
        expect(once(seqs(heard.filter(({ pool }) => pool?.region === region)))).toEqual([0, 1, 2]);
  });

  it("by pub/sub goes on when a replica takes a node's place", async () => {
    await using cluster = await startRedisCluster({ replicas: 1, nodeTimeoutMs: 1_000 });
    const client = () => quiet(new Cluster(cluster.addresses, { slotsRefreshTimeout: 2_000 }));
    await using subject = new EventsSubject({ url: cluster.nodes[0]!.url }, client);
    const bus = subject.bus({ delivery: "at-most-once", timeoutMs: 2_000 });
    const { heard } = await subject.listen(bus);
    await bus.publish([event(0)], {});
    await until(() => heard.length === 1);
    await (await cluster.nodeOf(subject.log(0))).kill();
    let next = 1;
    await until(async () => {
      await bus.publish([event(next++)], {}).catch(() => {});
      return heard.length > 1;
    });
  });
});
