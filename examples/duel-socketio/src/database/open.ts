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

/** Connects to a database, and makes what tables are missing; any number of processes may do so at once. */
export async function openDatabase({ name, showFinalState }: Config, url: string): Promise<SharedStores> {
  const pool = openPool(url, name);
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
  let closeMessages = (): void => {};
  return {
    ports: { tickets, matches, events },
    seats: new SeatTable(pool),
    presence: new PresenceTable(pool),
    parties: new PartyTables(pool),
    waiting: () => whoWaits(pool),
    limiter: (what, most, seconds) => limiterOn(pool, what, most, seconds),
    messages() {
      const messages = messagesOn(pool);
      closeMessages = () => messages.close();
      return messages;
    },
    noteClaim: (matchId, worker) => noteClaim(pool, matchId, worker),
    async close() {
      await Promise.all([tickets.close(), matches.close(), events.close()]);
      closeMessages();
      await pool.end();
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
