import type { Migration } from "./migration.js";
import { tickets } from "./001-tickets.js";
import { history } from "./002-history.js";
import { events } from "./003-events.js";

/** A migration with the SHA-256 of its statements: what was applied is compared with it, and a test keeps it true. */
export interface PinnedMigration extends Migration {
  readonly checksum: string;
}

/** Every migration, in the order in which they are applied. */
export const MIGRATIONS: readonly PinnedMigration[] = [
  { ...tickets, checksum: "bbb594f13e83ce4de625296068269b58e825ce23c7b0cac29f62f64b7c4f0f8e" },
  { ...history, checksum: "4eb21a1ad97534059e6ee8aba869082ba6cbc84e0d7c4f89d8544bef671bc804" },
  { ...events, checksum: "125f4bf520d89483aefac7981ce7b48149d819ecfdf23bd447e7ac9639be2e45" },
];
