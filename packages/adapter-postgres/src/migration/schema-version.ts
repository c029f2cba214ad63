import { EvenmatchError, type Millis } from "@evenmatch/core";
import { MIGRATE } from "../connection/failures.js";
import { MIGRATIONS } from "./migrations.js";

/** What the table `migrations` says of one that was applied. */
export interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: Millis;
}

/** Asks the server, with `{schema}` filled in. */
type Ask = <Row>(text: string, values?: unknown[]) => Promise<Row[]>;

const APPLIED = `
SELECT version, name, checksum, round(extract(epoch FROM applied_at) * 1000)::float8 AS "appliedAt"
FROM {schema}.migrations ORDER BY version`;

/** What was applied, in order. */
export function appliedIn(ask: Ask): Promise<Applied[]> {
  return ask<Applied>(APPLIED);
}

/** How a schema stands to the migrations that this release knows; `altered` is neither older nor newer. */
export type SchemaState = "missing" | "older" | "current" | "newer" | "altered";

export function stateOf(applied: readonly Applied[]): SchemaState {
  const isOurs = applied.every(({ version, checksum }, index) => {
    const known = MIGRATIONS[index];
    return version === index + 1 && (known === undefined || known.checksum === checksum);
  });
  if (!isOurs) return "altered";
  if (applied.length === 0) return "missing";
  if (applied.length === MIGRATIONS.length) return "current";
  return applied.length < MIGRATIONS.length ? "older" : "newer";
}

/** Rejects with `STORE_MISCONFIGURED` unless database and schema are as this release needs them. Two queries. */
export async function checkVersion(ask: Ask): Promise<void> {
  // Asked first: to a database in which nobody could migrate, the remedy is not to migrate it.
  const [{ encoding } = { encoding: "" }] = await ask<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  checkEncoding(encoding);
  const applied = await appliedIn(ask);
  const state = stateOf(applied);
  if (state === "older" || state === "missing") {
    throw misconfigured(applied, "no older", MIGRATE);
  }
  if (state !== "current") throw notOurs(applied);
}

/** Throws `STORE_MISCONFIGURED` for a database that cannot hold every name. */
export function checkEncoding(encoding: string): void {
  if (encoding === "UTF8") return;
  throw new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "the database holds every character that a name may have: its encoding is UTF8",
    received: encoding,
    remedy:
      "Nothing was changed. Choose another database: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
  });
}

/** The error for a schema to which nothing can be added by this release. */
export function notOurs(applied: readonly Applied[]): EvenmatchError {
  if (stateOf(applied) === "newer")
    return misconfigured(applied, "no newer", "Update @evenmatch/adapter-postgres in this process.");
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "the migrations of a schema are those of a release, unchanged",
    received: applied.map(({ version, name }) => `${version} ${name}`),
    remedy: "Use the release that made this schema, or choose another schema.",
  });
}

function misconfigured(applied: readonly Applied[], age: string, remedy: string): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: `the schema of Evenmatch is ${age} than the adapter, which needs version ${MIGRATIONS.length}`,
    received: applied.at(-1)?.version ?? 0,
    remedy,
  });
}
