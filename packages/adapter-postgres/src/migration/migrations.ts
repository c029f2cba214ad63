import type { Migration } from "./migration.js";
import { tickets } from "./001-tickets.js";

/** Every migration, in the order in which they are applied. */
export const MIGRATIONS: readonly Migration[] = [tickets];
