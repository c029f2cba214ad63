/**
 * Evenmatch on Kafka: the queue on the log, which grows by adding workers, and events between processes, on the Kafka that
 * a team already operates.
 *
 * @packageDocumentation
 */
export type { KafkaLike } from "./connection/driver.js";
export { quietLogs, type LogCreatorLike, type LogEntryLike } from "./connection/quiet-logs.js";
export { ensureTopics, type EnsuredTopic, type EnsureTopicsOptions } from "./topic/ensure-topics.js";
export type { KafkaConnectionOptions } from "./connection/options.js";
export { kafkaEventBus, KafkaEventBus, type KafkaEventBusOptions } from "./event/event-bus.js";
export { kafkaTicketStore, KafkaTicketStore, type KafkaTicketStoreOptions } from "./ticket/ticket-store.js";
