import {
  migrate,
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
} from "@evenmatch/adapter-postgres";
import type { EventBus, MatchStore, TicketStore } from "@evenmatch/core";
import type { Pool } from "pg";
import type { Config } from "../config.js";
import { openPool } from "./pool.js";
import { makeTables } from "./tables.js";

/** The database that several processes share: their own tables, and the library's. */
export interface Database {
  readonly pool: Pool;
  readonly ports: {
    readonly tickets: TicketStore;
    readonly matches: MatchStore;
    readonly events: EventBus;
  };
  close(): Promise<void>;
}

/** How long ended tickets are kept where the final state is shown, in ms. */
const KEEP_ALL = 24 * 60 * 60 * 1000;

/** Connects, and makes what tables are missing; any number of processes may do so at once. */
export async function openDatabase({ databaseUrl = "", name, showFinalState }: Config): Promise<Database> {
  const pool = openPool(databaseUrl, name);
  try {
    await migrate(pool);
    await makeTables(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const kept = showFinalState ? { retainMs: KEEP_ALL, dedupeMs: KEEP_ALL } : {};
  const tickets = postgresTicketStore(pool, kept);
  const matches = postgresMatchStore(pool);
  const events = postgresEventBus(pool);
  return {
    pool,
    ports: { tickets, matches, events },
    async close() {
      await Promise.all([tickets.close(), matches.close(), events.close()]);
      await pool.end();
    },
  };
}
