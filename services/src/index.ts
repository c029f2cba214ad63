/**
 * Real servers for tests, benchmarks, soak runs and examples, found on the machine or started for the caller.
 *
 * - A test that only needs a database: `sharedPostgres()` of `@evenmatch/services/vitest` gives the servers of the
 *   run, one per flavour, and `freshDatabase(server)` an empty database of its own. The test project names
 *   `services/src/vitest/postgres-setup.ts` as its `globalSetup`.
 * - A program that needs a database: `findPostgres()`; whoever runs it may name a server in the environment.
 * - A test that restarts, kills or fills a server: `startPostgres()` gives one that nobody else uses.
 * - The same for Redis: `sharedRedis()` with a `freshPrefix(server)`, `findRedis()` and `startRedis()`.
 * - A test on many Redis servers: `startRedisCluster()`, and `startRedisSentinel()` for fail-overs.
 * - The same for Kafka: `sharedKafka()` with `freshTopics(server)`, `findKafka()`, `startKafka()` and
 *   `startKafkaCluster()`; `kafkaClient(server)` to talk to it, and `consoleConsumer` to see what others see.
 * - A test of what the network does: `startProxy(server.url)` cuts, delays and loses what passes. Before a Kafka,
 *   `startKafka({ proxies: 1 })`, for its clients go where the brokers tell them.
 *
 * Whatever is started here ends with the process that started it, also when that is killed with −9.
 *
 * @example
 * await using server = await startPostgres({ flavour: "newest" });
 * await using database = await freshDatabase(server);
 * // … connect to database.url, then:
 * const [pid] = await server.backendPids({ database: database.name });
 * await server.killBackend(pid);
 * await server.ready();
 *
 * @module
 */
export { canHaveSmallDisk } from "./postgres/disk.js";
export { freshDatabase, type FreshDatabase, type FreshDatabaseOptions } from "./postgres/database.js";
export {
  BUSY_PLAYER,
  fillHistory,
  HISTORY_START,
  HISTORY_STEP,
  type HistoryOptions,
} from "./postgres/history.js";
export { findPostgres, postgresVariables, type FoundPostgres } from "./postgres/find.js";
export { usualPlaces, type Flavour, type Places } from "./postgres/installation.js";
export { postgresRequest } from "./postgres/protocol.js";
export { freePorts } from "./process/port.js";
export { Kept, type Program, type Watch } from "./process/kept.js";
export { startPgBouncer, type PgBouncer, type PgBouncerOptions } from "./pgbouncer/pgbouncer.js";
export { startProxy, type Loss, type TcpProxy } from "./proxy/proxy.js";
export type { Settings } from "./postgres/cluster.js";
export {
  startPostgres,
  type BackendFilter,
  type PostgresServer,
  type ShutdownMode,
  type StartOptions,
} from "./postgres/server.js";
export type { RedisSettings } from "./redis/files.js";
export { findRedis, redisVariable, type FoundRedis } from "./redis/find.js";
export { usualRedisPlaces, type RedisPlaces } from "./redis/installation.js";
export { freshPrefix, type FreshPrefix } from "./redis/prefix.js";
export { startRedis, type RedisOptions, type RedisServer } from "./redis/server.js";
export { startRedisCluster, type RedisCluster, type RedisClusterOptions } from "./redis/cluster.js";
export { startRedisSentinel, type RedisSentinel, type RedisSentinelOptions } from "./redis/sentinel.js";
export { kafkaClient, type Brokers } from "./kafka/client.js";
export { startKafkaCluster, type KafkaCluster, type KafkaClusterOptions } from "./kafka/cluster.js";
export { consoleConsumer, type ConsoleOptions, type ConsoleRecord } from "./kafka/console.js";
export { findKafka, kafkaVariables, type FoundKafka } from "./kafka/find.js";
export { usualKafkaPlaces, type KafkaFlavour, type KafkaPlaces } from "./kafka/installation.js";
export type { KafkaServer } from "./kafka/server.js";
export { STEADY, type KafkaSettings } from "./kafka/settings.js";
export { startKafka, type KafkaOptions } from "./kafka/start.js";
export { freshTopics, type FreshTopics, type TopicOptions } from "./kafka/topics.js";
