import {
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
  type PostgresTicketStoreOptions,
} from "@evenmatch/adapter-postgres";
import { Client } from "pg";
import type { Bell, Engine, Opened } from "../deployment/engine.js";
import { connections, onServer } from "./server.js";

const CONNECTIONS = 10;
const CHANNEL = "bare";

/** The ports of one process, on so many connections. */
export function openedOn(url: string, most: number, options: PostgresTicketStoreOptions = {}): Opened {
  const pool = connections(url, most);
  const tickets = postgresTicketStore(pool, options);
  const matches = postgresMatchStore(pool);
  const events = postgresEventBus(pool);
  const close = async (): Promise<void> => {
    await Promise.all([tickets.close(), matches.close(), events.close()]);
    await pool.end();
  };
  return { ports: { tickets, matches, events }, close };
}

/** Tickets, matches and events on Postgres. */
export const onPostgres: Engine = {
  title: "Postgres",
  onServer: (work) =>
    onServer(async (server) => {
      await server.admin.query("CREATE TABLE bare_rows (id text PRIMARY KEY)");
      return work(server);
    }),
  portsOn: (url) => openedOn(url, CONNECTIONS),
  bellOn(url): Bell {
    const client = new Client({ connectionString: url });
    client.on("error", () => {});
    return {
      connect: async () => {
        await client.connect();
      },
      listen: async (hear) => {
        client.on("notification", ({ payload = "" }) => hear(payload));
        await client.query(`LISTEN ${CHANNEL}`);
      },
      ring: async (id) => {
        const row = "WITH row AS (INSERT INTO bare_rows VALUES ($1)) SELECT pg_notify($2, $1)";
        await client.query(row, [id, CHANNEL]);
      },
      close: () => client.end(),
    };
  },
};
