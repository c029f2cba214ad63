import pg from "pg";
import { postgresEventBus, postgresMatchStore, postgresTicketStore } from "@evenmatch/adapter-postgres";
import type { OpenPorts } from "../server/serve.js";

/** What a server process needs to reach Postgres. */
export interface PostgresSettings {
  readonly name: string;
  /** By way of the proxy of this process. */
  readonly url: string;
}

/** Shorter than by default, so that a run sees pools move on and calls given up several times. */
export const LEASE_MS = 2_000;
const TIMEOUT_MS = 1_500;

/** Everything that ended is kept to the end of the run: what is dumped then is evidence. */
const KEPT = { retainMs: 3_600_000, dedupeMs: 3_600_000 };

/** All three ports on one pool of connections, as an application has them. */
export async function openPorts(given: unknown): Promise<OpenPorts> {
  const { name, url } = given as PostgresSettings;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max: 6,
    connectionTimeoutMillis: TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks while nobody uses it is replaced by the next call.
  pool.on("error", () => {});
  const options = { timeoutMs: TIMEOUT_MS };
  const tickets = postgresTicketStore(pool, { ...options, ...KEPT, leaseMs: LEASE_MS });
  const matches = postgresMatchStore(pool, options);
  const events = postgresEventBus(pool, { ...options, leaseMs: LEASE_MS });
  return Promise.resolve({
    tickets,
    matches,
    events,
    close: async () => {
      await Promise.all([tickets.close(), matches.close(), events.close()]);
      await pool.end();
    },
  });
}
