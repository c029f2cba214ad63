import pg from "pg";
import { postgresEventBus, postgresMatchStore, postgresTicketStore } from "@evenmatch/adapter-postgres";
import type { OpenPorts } from "../server/serve.js";
import { KEPT, LEASE_MS, TIMEOUT_MS } from "../server/settings.js";

/** What a server process needs to reach Postgres. */
export interface PostgresSettings {
  readonly name: string;
  /** By way of the proxy of this process. */
  readonly url: string;
}

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
