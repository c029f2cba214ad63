import { systemClock } from "@evenmatch/core";
import { describeTicketStore } from "@evenmatch/testkit";
import pg from "pg";
import { describe, it } from "vitest";
import { migrate, postgresTicketStore, type PostgresTicketStore } from "../../src/index.js";

const url = "postgres://postgres@127.0.0.1:55432/postgres";
let schemas = 0;
describeTicketStore(
  { describe, it: (name, run) => it(name, run, 60_000) },
  {
    name: "PostgresTicketStore",
    capabilities: { uniquePer: "queue", joinNeedsOwner: false },
    retention: { retainMs: 60_000, dedupeMs: 600_000 },
    clock: systemClock(),
    random: { runs: 30 },
    async open() {
      const schema = `c${process.pid}_${++schemas}`;
      await migrate(url, { schema });
      const opened: { store: PostgresTicketStore; pool: pg.Pool }[] = [];
      const admin = new pg.Pool({ connectionString: url });
      return {
        store() {
          const pool = new pg.Pool({ connectionString: url, max: 4 });
          const store = postgresTicketStore(pool, { schema });
          opened.push({ store, pool });
          return store;
        },
        async endLease({ pool, fence }) {
          await admin.query(
            `UPDATE ${schema}.pools SET fence = ${schema}.next_fence(fence), owner = NULL WHERE queue = $1 AND region = $2 AND fence = $3`,
            [pool.queue, pool.region, String(fence)],
          );
          await admin.query("SELECT pg_notify($1, 'owners')", [schema]);
        },
        async close() {
          await Promise.all(opened.map(({ store }) => store.close()));
          await Promise.all(opened.map(({ pool }) => pool.end()));
          await admin.query(`DROP SCHEMA ${schema} CASCADE`);
          await admin.end();
        },
      };
    },
  },
);
