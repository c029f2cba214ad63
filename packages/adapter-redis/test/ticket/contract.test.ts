import { systemClock } from "@evenmatch/core";
import { startRedisCluster, startRedisSentinel } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { describeTicketStore } from "@evenmatch/testkit";
import { Cluster, Redis } from "ioredis";
import { afterAll, describe, it } from "vitest";
import { placeOn, quiet, ticketStoreSubject, type Place } from "./subject.js";

const server = sharedRedis();
const retention = { retainMs: 60_000, dedupeMs: 600_000 };

function describeOn(where: string, runs: number, place: () => Promise<Place>): void {
  describe(`on ${where}`, () => {
    describeTicketStore(
      { describe, it: (name, run) => it(name, run, 60_000) },
      {
        name: "RedisTicketStore",
        capabilities: { uniquePer: "queue", joinNeedsOwner: false },
        retention,
        clock: systemClock(),
        patienceMs: 30_000,
        random: { runs, shrinks: false },
        open: async () => ticketStoreSubject(await place(), retention),
      },
    );
  });
}

/** Servers of this file alone, started by the first case that needs them. */
function lazily<Servers extends { stop(): Promise<void> }>(
  start: () => Promise<Servers>,
): () => Promise<Servers> {
  let starting: Promise<Servers> | undefined;
  afterAll(async () => (await starting)?.stop());
  return () => (starting ??= start());
}

describeOn(`Redis ${server.version}`, 25, async () => placeOn(server));

const cluster = lazily(() => startRedisCluster());
describeOn("a Cluster of three nodes", 5, async () => {
  const { nodes, addresses } = await cluster();
  return placeOn(nodes[0]!, () => quiet(new Cluster(addresses)));
});

// Nobody fails here.
const watched = lazily(() => startRedisSentinel({ downAfterMs: 60_000 }));
describeOn("a master under Sentinel", 5, async () => {
  const sentinel = await watched();
  const options = { sentinels: sentinel.addresses, name: "evenmatch" };
  return placeOn(await sentinel.master(), () => quiet(new Redis(options)));
});
