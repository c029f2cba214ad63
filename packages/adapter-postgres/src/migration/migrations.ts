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
  { ...tickets, checksum: "123a5b140434265afcd6e11b33575e93751686a54f100730a986d1cd1803bed5" },
  { ...history, checksum: "0085b49ca5ef825b17ca009bfd3987f5c34b118f5b9b17175b147022ed18e666" },
  { ...events, checksum: "df6f91ab393ce44c5edd47daba6f066adb939467cb5696949e073e9f5c79f80c" },
];
