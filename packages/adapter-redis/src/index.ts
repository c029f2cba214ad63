/**
 * Evenmatch on Redis: the fast shared queue, and events between processes, on the Redis that a team already operates.
 *
 * @packageDocumentation
 */
export { redisEventBus, RedisEventBus, type RedisEventBusOptions } from "./event/event-bus.js";
export { redisTicketStore, RedisTicketStore, type RedisTicketStoreOptions } from "./ticket/ticket-store.js";
export type { RedisConnectionOptions } from "./connection/options.js";
export type { Argument, RedisLike, RedisLikeOptions } from "./connection/driver.js";
export type { Replicas } from "./connection/replicas.js";
