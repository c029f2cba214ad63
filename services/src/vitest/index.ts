import { inject } from "vitest";
import type { SharedKafka } from "./kafka-setup.js";
import type { SharedPostgres } from "./postgres-setup.js";
import type { SharedRedis } from "./redis-setup.js";

export { leaveNothingRunning } from "./leftovers.js";
export type { SharedKafka } from "./kafka-setup.js";
export type { SharedPostgres } from "./postgres-setup.js";
export type { SharedRedis } from "./redis-setup.js";

/**
 * The servers of this run, one per flavour. The project has to name `services/src/vitest/postgres-setup.ts` as its
 * `globalSetup`. They are shared by all tests: make a `freshDatabase`, and change nothing of the server itself.
 *
 * @example
 * describe.each(sharedPostgres())("on Postgres $version", (server) => {
 *   test("…", async () => {
 *     await using database = await freshDatabase(server);
 *   });
 * });
 */
export function sharedPostgres(): SharedPostgres[] {
  return inject("postgres");
}

/**
 * The Redis of this run. The project has to name `services/src/vitest/redis-setup.ts` as its `globalSetup`. It is
 * shared by all tests: take a `freshPrefix` for every key, never empty it, and change nothing of the server itself.
 *
 * @example
 * test("…", async () => {
 *   await using keys = freshPrefix(sharedRedis());
 *   // … every key holds keys.prefix
 * });
 */
export function sharedRedis(): SharedRedis {
  return inject("redis");
}

/**
 * The Kafka of this run. The project has to name `services/src/vitest/kafka-setup.ts` as its `globalSetup`. It is
 * shared by all tests: let every name begin with the prefix of `freshTopics`, and change nothing of the broker itself.
 *
 * @example
 * test("…", async () => {
 *   await using topics = freshTopics(sharedKafka());
 *   const topic = await topics.create("requests", { partitions: 3 });
 *   const producer = kafkaClient(sharedKafka()).producer({ transactionalId: `${topics.prefix}.owner` });
 * });
 */
export function sharedKafka(): SharedKafka {
  return inject("kafka");
}
