import {
  migrate,
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
} from "@evenmatch/adapter-postgres";
import type { Pool } from "pg";
import { RateLimiterMemory, RateLimiterPostgres } from "rate-limiter-flexible";
import { KEEP_ALL, type Config } from "../config.js";
import type { SharedStores } from "../shared/stores.js";
import { messagesOn } from "./messages.js";
import { PartyTables } from "./parties.js";
import { openPool } from "./pool.js";
import { PresenceTable } from "./presence.js";
import { SeatTable } from "./seat-rows.js";
import { makeTables } from "./tables.js";
import { whoWaits } from "./waiting.js";

/** All that processes share, but for tickets and events. */
export interface Tables extends Omit<SharedStores, "ports" | "waiting"> {
  readonly pool: Pool;
  readonly matches: SharedStores["ports"]["matches"];
}

/** Connects to a database, and makes what tables are missing; any number of processes may do so at once. */
export async function openTables({ name }: Config, url: string): Promise<Tables> {
  const pool = openPool(url, name);
  try {
    await migrate(pool);
    await makeTables(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const matches = postgresMatchStore(pool);
  let closeMessages = (): void => {};
  return {
    pool,
    matches,
    seats: new SeatTable(pool),
    presence: new PresenceTable(pool),
    parties: new PartyTables(pool),
    limiter: (what, most, seconds) => limiterOn(pool, what, most, seconds),
    messages() {
      const messages = messagesOn(pool);
      closeMessages = () => messages.close();
      return messages;
    },
    noteClaim: (matchId, worker) => noteClaim(pool, matchId, worker),
    async close() {
      await matches.close();
      closeMessages();
      await pool.end();
    },
  };
}

/** Everything in one database. */
export async function openDatabase(config: Config, url: string): Promise<SharedStores> {
  const tables = await openTables(config, url);
  const { pool, matches } = tables;
  const kept = config.showFinalState ? { retainMs: KEEP_ALL, dedupeMs: KEEP_ALL } : {};
  const tickets = postgresTicketStore(pool, kept);
  const events = postgresEventBus(pool);
  return {
    ...tables,
    ports: { tickets, matches, events },
    waiting: () => whoWaits(pool),
    async close() {
      await Promise.all([tickets.close(), events.close()]);
      await tables.close();
    },
  };
}

/** Counts for all processes; while the database cannot be asked each counts for itself. */
function limiterOn(pool: Pool, what: string, points: number, duration: number): RateLimiterPostgres {
  const counted = { points, duration, keyPrefix: what };
  return new RateLimiterPostgres({
    ...counted,
    storeClient: pool,
    storeType: "pool",
    schemaName: "duel",
    tableName: "limits",
    tableCreated: true,
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: new RateLimiterMemory(counted),
  });
}

async function noteClaim(pool: Pool, matchId: string, worker: string): Promise<void> {
  await pool.query("insert into duel.claims (match_id, worker) values ($1, $2) on conflict do nothing", [
    matchId,
    worker,
  ]);
}
