/**
 * Evenmatch on Postgres: tickets, matches and events in the database that a team already operates.
 *
 * @packageDocumentation
 */
export {
  postgresMatchStore,
  PostgresMatchStore,
  type PostgresMatchStoreOptions,
} from "./match/match-store.js";
export {
  postgresTicketStore,
  PostgresTicketStore,
  type PostgresTicketStoreOptions,
} from "./ticket/ticket-store.js";
export { grants, type Roles } from "./migration/grants.js";
export { migrate, migrationScript, migrationStatus } from "./migration/migrate.js";
export type { MigrateOptions, MigrationStatus, MigrationStep } from "./migration/migrate.js";
export type { SchemaState } from "./migration/schema-version.js";
export { postgresEventBus, PostgresEventBus, type PostgresEventBusOptions } from "./event/event-bus.js";
export type { PostgresOptions } from "./connection/options.js";
export type {
  ClientLike,
  Notification,
  PooledClient,
  PoolLike,
  Rows,
  Statement,
} from "./connection/driver.js";
