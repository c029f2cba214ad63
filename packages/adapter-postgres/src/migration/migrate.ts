import { EvenmatchError, type Millis } from "@evenmatch/core";
import { Database, type Sender } from "../connection/database.js";
import type { PoolLike } from "../connection/driver.js";
import { sqlStateOf } from "../connection/failures.js";
import { quoted, settingsOf, type PostgresOptions } from "../connection/options.js";
import { madeBy, statementsOf } from "./migration.js";
import { MIGRATIONS, type PinnedMigration } from "./migrations.js";
import {
  appliedIn,
  checkEncoding,
  notOurs,
  stateOf,
  type Applied,
  type SchemaState,
} from "./schema-version.js";

/** Where to migrate, and with how much patience. */
export interface MigrateOptions extends Pick<PostgresOptions, "schema" | "clock"> {
  /** One migration takes no longer than so many ms, waiting for other processes included; 10 minutes when left out. */
  readonly timeoutMs?: Millis;
}

/** A migration, and when it was applied. */
export interface MigrationStep {
  readonly version: number;
  readonly name: string;
  /** The server's time, in ms; `undefined` while it is pending. */
  readonly appliedAt: Millis | undefined;
}

/** How a schema stands to this release of the adapter. */
export interface MigrationStatus {
  readonly schema: string;
  readonly state: SchemaState;
  /** The newest migration that was applied; 0 for none. */
  readonly version: number;
  /** The version that this release needs. */
  readonly newest: number;
  /** Those that were applied, then those that are pending. */
  readonly steps: readonly MigrationStep[];
}

const PATIENCE = 600_000;

const TABLE = `
CREATE TABLE {schema}.migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE {schema}.migrations IS 'what was applied to this schema, by evenmatch-postgres';
`;

/**
 * Brings the schema to the version that this release needs, and returns what it applied: nothing when it was there
 * already. Each migration is one transaction, under a lock that lasts as long, so that of processes that start together
 * one applies it. Rejects with `STORE_MISCONFIGURED`, and changes nothing, where the schema is newer or altered, where
 * a table of somebody else has a name that is needed, and where the role may not create.
 */
export async function migrate(
  pool: PoolLike | string,
  options: MigrateOptions = {},
): Promise<readonly MigrationStep[]> {
  return withSchema(pool, options, async (database, schema) => {
    const applied: MigrationStep[] = [];
    for (;;) {
      const step = await database.transaction((sender) => applyNext(sender, schema));
      if (!step) return applied;
      applied.push(step);
    }
  });
}

/** How the schema stands; changes nothing. */
export async function migrationStatus(
  pool: PoolLike | string,
  options: MigrateOptions = {},
): Promise<MigrationStatus> {
  return withSchema(pool, options, async (database, schema) => {
    const { applied } = await look(database, schema);
    const pending = MIGRATIONS.slice(applied.length);
    return {
      schema,
      state: stateOf(applied),
      version: applied.at(-1)?.version ?? 0,
      newest: MIGRATIONS.length,
      steps: [...applied.map(stepOf), ...pending.map(stepOf)],
    };
  });
}

/** The SQL that `migrate` would run now, as a script for `psql`; empty when there is nothing to do. */
export async function migrationScript(
  pool: PoolLike | string,
  options: MigrateOptions = {},
): Promise<string> {
  return withSchema(pool, options, async (database, schema) => {
    const found = await look(database, schema);
    const pending = await pendingIn(database, schema, found);
    return pending
      .map((migration) => {
        const isFirst = migration.version === 1;
        const sql = statements(migration, schema, isFirst && !found.hasSchema);
        return `BEGIN;\n${sql}COMMIT;\n`.replaceAll("{schema}", () => quoted(schema));
      })
      .join("\n");
  });
}

async function withSchema<T>(
  pool: PoolLike | string,
  { timeoutMs = PATIENCE, ...options }: MigrateOptions,
  run: (database: Database, schema: string) => Promise<T>,
): Promise<T> {
  const settings = settingsOf({ ...options, timeoutMs });
  const database = new Database(pool, settings, { anyVersion: true });
  try {
    return await run(database, settings.schema);
  } catch (error) {
    const isForbidden = error instanceof EvenmatchError && sqlStateOf(error) === FORBIDDEN;
    throw isForbidden ? forbidden(error.cause) : error;
  } finally {
    await database.close();
  }
}

async function applyNext(sender: Sender, schema: string): Promise<MigrationStep | undefined> {
  // Of the transaction, so that it also holds behind a pooler that gives each transaction another connection.
  await sender.query("SELECT pg_advisory_xact_lock(hashtextextended('evenmatch ' || $1, 0))", [schema]);
  const found = await look(sender, schema);
  const [next] = await pendingIn(sender, schema, found);
  if (!next) return undefined;
  await sender.query(statements(next, schema, !found.hasSchema));
  const done = await appliedIn((text) => sender.query(text));
  return stepOf(done.at(-1) ?? next);
}

function stepOf({
  version,
  name,
  appliedAt,
}: Pick<Applied, "version" | "name"> & Partial<Applied>): MigrationStep {
  return { version, name, appliedAt };
}

interface Found {
  readonly encoding: string;
  readonly hasSchema: boolean;
  readonly applied: Applied[];
}

async function look(sender: Sender, schema: string): Promise<Found> {
  const [there] = await sender.query<{ encoding: string; schema: boolean; table: boolean }>(
    `SELECT current_setting('server_encoding') AS encoding,
            EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS schema,
            EXISTS (SELECT FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
                    AND relname = 'migrations') AS table`,
    [schema],
  );
  const applied = there?.table ? await appliedIn((text) => sender.query(text)) : [];
  return { encoding: there?.encoding ?? "", hasSchema: there?.schema === true, applied };
}

/** What is still to be applied. Rejects where that cannot be, before anything was changed. */
async function pendingIn(
  sender: Sender,
  schema: string,
  { encoding, applied }: Found,
): Promise<readonly PinnedMigration[]> {
  checkEncoding(encoding);
  const state = stateOf(applied);
  if (state === "newer" || state === "altered") throw notOurs(applied);
  const pending = MIGRATIONS.slice(applied.length);
  const taken = await sender.query<{ name: string }>(
    `SELECT name FROM unnest($2::text[]) name, pg_namespace WHERE nspname = $1 AND (
       EXISTS (SELECT FROM pg_class WHERE relnamespace = pg_namespace.oid AND relname = name)
       OR EXISTS (SELECT FROM pg_type WHERE typnamespace = pg_namespace.oid AND typname = name)
       OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = pg_namespace.oid AND proname = name))`,
    [schema, pending.flatMap(madeBy).map(({ name }) => name)],
  );
  if (taken.length > 0) throw foreign(schema, taken);
  return pending;
}

/** All that one migration runs, as text alone: what is printed is what is executed. */
function statements(migration: PinnedMigration, schema: string, makesSchema: boolean): string {
  const { version, name, checksum } = migration;
  const before = `${makesSchema ? "CREATE SCHEMA {schema};\n" : ""}${version === 1 ? TABLE : ""}`;
  const noted = `INSERT INTO {schema}.migrations (version, name, checksum) VALUES (${version}, '${name}', '${checksum}');`;
  return `${before}${statementsOf(migration, schema)}\n${noted}\n`;
}

function foreign(schema: string, taken: readonly { readonly name: string }[]): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: `nothing in the schema ${quoted(schema)} has a name that a migration of Evenmatch needs`,
    received: taken.map(({ name }) => name),
    remedy: "Nothing was changed. Choose another schema, or rename what is somebody else's.",
  });
}

const FORBIDDEN = "42501";

function forbidden(cause: unknown): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "who migrates owns the schema of Evenmatch, or may create it in the database",
    remedy:
      "Migrate as the owner. Who runs matchmaking needs no such right: see `evenmatch-postgres grants`.",
    cause,
  });
}
