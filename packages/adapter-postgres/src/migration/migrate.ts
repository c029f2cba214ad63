import { Database } from "../connection/database.js";
import type { PoolLike } from "../connection/driver.js";
import { settingsOf, type PostgresOptions } from "../connection/options.js";
import { MIGRATIONS } from "./migrations.js";

/** Brings the schema to the newest version. */
export async function migrate(pool: PoolLike | string, options: PostgresOptions = {}): Promise<void> {
  const database = new Database(pool, settingsOf(options));
  try {
    await database.transaction(async (sender) => {
      await sender.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [database.schema]);
      await sender.query("CREATE SCHEMA IF NOT EXISTS {schema}");
      for (const { sql } of MIGRATIONS) await sender.query(sql);
    });
  } finally {
    await database.close();
  }
}
