import type { Migration } from "./migration.js";

/** Where tickets wait. */
export const tickets: Migration = { version: 1, name: "tickets", sql: "" };
