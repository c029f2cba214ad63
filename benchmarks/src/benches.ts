import { core } from "./core/core.js";
import { kafka } from "./kafka/kafka.js";
import { kafkaTakeover } from "./kafka-takeover/kafka-takeover.js";
import { postgresHistory } from "./postgres-history/postgres-history.js";
import { postgres } from "./postgres/postgres.js";
import { postgresTakeover } from "./postgres-takeover/postgres-takeover.js";
import { redis } from "./redis/redis.js";
import { redisTakeover } from "./redis-takeover/redis-takeover.js";
import { rivals } from "./rivals/rivals.js";
import type { Bench } from "./row.js";

/** Every benchmark there is. */
export const benches: readonly Bench[] = [
  core,
  rivals,
  postgres,
  postgresHistory,
  postgresTakeover,
  redis,
  redisTakeover,
  kafka,
  kafkaTakeover,
];
