import type { TicketStoreSubject } from "@evenmatch/testkit";
import type { Pool } from "pg";
import {
  postgresTicketStore,
  type PostgresTicketStore,
  type PostgresTicketStoreOptions,
} from "../../src/index.js";
import { quoted } from "../../src/connection/options.js";
import type { TestDatabase } from "../databases.js";

let schemas = 0;

/** A schema of one case, with stores that each have a pool of their own, as processes have. */
export async function ticketStoreSubject(
  database: TestDatabase,
  options: PostgresTicketStoreOptions = {},
): Promise<Omit<TicketStoreSubject, "store"> & { readonly schema: string; store(): PostgresTicketStore }> {
  const schema = `case ${++schemas}`;
  const poolOfProcess = await database.migrated(schema);
  const opened: { readonly close: () => Promise<void>; readonly pool: Pool }[] = [];
  const name = quoted(schema);
  return {
    schema,
    store() {
      const pool = poolOfProcess();
      const store = postgresTicketStore(pool, { ...options, schema });
      opened.push({ close: () => store.close(), pool });
      return store;
    },
    async endLease({ pool, fence }) {
      await database.admin.query(
        `UPDATE ${name}.pools SET fence = ${name}.next_fence(fence), owner = NULL
         WHERE queue = $1 AND region = $2 AND fence = $3`,
        [pool.queue, pool.region, String(fence)],
      );
      await database.admin.query("SELECT pg_notify($1, 'owners')", [schema]);
    },
    async close() {
      await Promise.all(opened.map(({ close }) => close()));
      await Promise.all(opened.map(({ pool }) => pool.end()));
      await database.admin.query(`DROP SCHEMA ${name} CASCADE`);
    },
  };
}
