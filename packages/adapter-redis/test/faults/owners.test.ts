import { startProxy, startRedis, startRedisCluster, startRedisSentinel } from "@evenmatch/services";
import { Cluster, Redis } from "ioredis";
import { expect } from "vitest";
import { quiet } from "../ticket/subject.js";
import type { Worker } from "../ticket/worker.js";
import { fault } from "./row.js";
import { aTicket, knows, Process, recovers, TAG } from "./process.js";

/** Who runs the pool, also where the offer had to be made anew. */
function running(process: Process): () => Worker {
  let worker = process.worker();
  return () => (worker = worker.failure === undefined ? worker : process.worker());
}

fault("the server comes back without the tail of its log", async () => {
  await using server = await startRedis({ settings: { appendonly: true, appendfsync: "always" } });
  await using process = new Process(server.url);
  const worker = running(process);
  const [kept, lost, late] = [aTicket(), aTicket(), aTicket()];
  await process.join(kept);
  await knows(worker, [kept]);
  const after = await server.logSize();
  await process.join(lost);
  await knows(worker, [kept, lost]);
  const { lease } = worker();
  await server.kill();
  await server.loseLog({ after });
  await server.start();
  // Its numbers go on from before: what is heard next has one that was heard already.
  await recovers({ join: () => process.join(late) });
  await expect.poll(() => worker().lease?.fence).toBeGreaterThan(lease!.fence);
  await knows(worker, [kept, late]);
  expect(lease!.lost.aborted).toBe(true);
});

fault("the server comes back empty", async () => {
  await using server = await startRedis();
  await using process = new Process(server.url);
  const worker = running(process);
  const [lost, late] = [aTicket(), aTicket()];
  await process.join(lost);
  await knows(worker, [lost]);
  const { lease } = worker();
  await server.restart({ how: "kill" });
  await recovers({ join: () => process.join(late) });
  await expect.poll(() => worker().lease?.fence).toBeGreaterThan(lease!.fence);
  await knows(worker, [late]);
});

fault("a replica takes the master's place under owners", async () => {
  await using sentinel = await startRedisSentinel();
  const client = quiet(new Redis({ sentinels: sentinel.addresses, name: "evenmatch" }));
  await using process = new Process(client, { replicas: { atLeast: 1, timeoutMs: 1_000 } });
  const worker = running(process);
  const ann = aTicket();
  await recovers({ join: () => process.join(ann) });
  await knows(worker, [ann]);
  await sentinel.failOver();
  await using reader = new Process(client);
  await expect
    .poll(() => reader.tickets.read([{ type: "ticket", ticketId: ann.id }], {}).catch(() => []))
    .toMatchObject([{ state: "waiting" }]);
  await expect.poll(() => worker().known).toEqual([ann.id]);
  client.disconnect();
});

fault("the slots of a queue move to another node of a Cluster", async () => {
  await using cluster = await startRedisCluster();
  const client = quiet(new Cluster(cluster.addresses));
  await using process = new Process(client);
  const worker = running(process);
  const [ann, bob] = [aTicket(), aTicket()];
  await process.join(ann);
  await knows(worker, [ann]);
  const from = await cluster.nodeOf(`${TAG}players`);
  await cluster.move(
    `${TAG}players`,
    cluster.nodes.find((node) => node !== from)!,
  );
  await recovers({ join: () => process.join(bob) });
  await knows(worker, [ann, bob]);
  client.disconnect();
});

fault("a connection is cut while owners wait for changes", async () => {
  await using server = await startRedis();
  await using proxy = await startProxy(server.url);
  await using process = new Process(proxy.urlOf(server.url));
  await using player = new Process(server.url);
  const worker = process.worker();
  const [before, meanwhile] = [aTicket(), aTicket()];
  await player.join(before);
  await knows(() => worker, [before]);
  proxy.cut();
  await player.join(meanwhile);
  await knows(() => worker, [before, meanwhile]);
  expect(worker.heard.filter(({ type }) => type === "gained")).toHaveLength(1);
});
