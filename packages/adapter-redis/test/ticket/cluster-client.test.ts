import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis, type RedisOptions } from "ioredis";
import { expect, it } from "vitest";
import type { RedisLike } from "../../src/index.js";
import { placeOn, quiet, ticketStoreSubject } from "./subject.js";
import { NOW, ticket, until, Worker } from "./worker.js";

/** Commands that a client of a Cluster may send to a replica, if it is told to. */
const READS = [
  "hscan",
  "xrange",
  "xrevrange",
  "hgetall",
  "hget",
  "hmget",
  "smembers",
  "get",
  "mget",
  "xread",
];

/** A client that says of itself that it is one of a Cluster, and what was sent on it and what it was copied with. */
function clusterOf(url: string): { client: RedisLike; sent: string[]; copies: RedisOptions[] } {
  const redis = quiet(new Redis(url));
  const [sent, copies]: [string[], RedisOptions[]] = [[], []];
  const options = { redisOptions: { keyPrefix: undefined, username: "default", connectionName: "given" } };
  const client: RedisLike = {
    isCluster: true,
    options,
    call: (command, args) => {
      sent.push(command);
      return redis.call(command, args);
    },
    pipeline: (commands) => redis.pipeline(commands),
    on: redis.on.bind(redis) as RedisLike["on"],
    disconnect: (again) => redis.disconnect(again),
    // As release 5 of the driver does it: what is given takes the place of what there was.
    duplicate: (...given: never[]) => {
      const [, own] = given as unknown as [unknown, { redisOptions: RedisOptions }];
      copies.push(own.redisOptions);
      return redis.duplicate(own.redisOptions);
    },
  };
  return { client, sent, copies };
}

it("on a Cluster whose client may read from replicas, a pool is read where it is written, on lines that keep the options of the client", async () => {
  const server = sharedRedis();
  const clusters: ReturnType<typeof clusterOf>[] = [];
  const place = placeOn(server, () => {
    const made = clusterOf(server.url);
    clusters.push(made);
    return made.client;
  });
  const subject = ticketStoreSubject(place);
  const store = subject.store();
  const worker = new Worker(store);
  try {
    await store.submit([{ type: "join", ticket: ticket("a") }], { now: NOW });
    await until(() => worker.known.length === 1);
    await store.submit([{ type: "join", ticket: ticket("b") }], { now: NOW });
    await until(() => worker.known.length === 2);
    const sent = clusters.flatMap((one) => one.sent);
    expect(sent.filter((command) => READS.includes(command.toLowerCase()))).toEqual([]);
    const copies = clusters.flatMap((one) => one.copies);
    expect(copies.length).toBeGreaterThan(0);
    for (const copy of copies) expect(copy).toMatchObject({ username: "default", connectionName: "given" });
  } finally {
    await worker.stop();
    await subject.close();
  }
});
