import {
  EvenmatchError,
  type CallOptions,
  type Match,
  type MatchFilter,
  type MatchPage,
  type MatchStore,
  type ReportOutcome,
  type Result,
  type SavedMatch,
} from "@evenmatch/core";
import { encodeKey } from "@evenmatch/core/adapter";
import { Database } from "../connection/database.js";
import type { PoolLike } from "../connection/driver.js";
import { settingsOf, type PostgresOptions } from "../connection/options.js";
import { listingOf } from "./listing.js";
import { SAVE, savings } from "./saving.js";

/** How a {@link PostgresMatchStore} reaches its tables. Nothing is listened to, and nothing looked for. */
export type PostgresMatchStoreOptions = Pick<PostgresOptions, "schema" | "timeoutMs" | "clock">;

/** A match as it is read. */
interface Row {
  readonly match: string;
  readonly result: string | null;
}

const GET = "SELECT match::text, result::text FROM {schema}.match_sessions WHERE id = $1";

/** Of reports at once the first to lock the row is kept: the others look again when it has committed. */
const REPORT = `
WITH kept AS (
  UPDATE {schema}.match_sessions SET result = $2::json, reported_at = now() WHERE id = $1 AND result IS NULL
  RETURNING id
)
SELECT CASE WHEN EXISTS (SELECT FROM kept) THEN 'reported'
            WHEN EXISTS (SELECT FROM {schema}.match_sessions WHERE id = $1) THEN 'already'
            ELSE 'unknown' END AS outcome`;

/** The record of matches in two tables, `match_sessions` and `match_players`, for people to query as well. */
export class PostgresMatchStore implements MatchStore {
  readonly #database: Database;

  /** Throws `INVALID_OPTIONS`. Nothing is sent before the first call, which checks the version of the schema. */
  constructor(pool: PoolLike | string, options: PostgresMatchStoreOptions = {}) {
    this.#database = new Database(pool, settingsOf(options));
  }

  async save(matches: readonly Match[], { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    for (const values of savings(matches)) await this.#database.query(SAVE, values, { signal });
  }

  async get(matchId: string, { signal }: CallOptions): Promise<SavedMatch | undefined> {
    const [row] = await this.#database.query<Row>(GET, [matchId], { signal });
    return row && savedOf(row);
  }

  async list(filter: MatchFilter, { signal }: CallOptions): Promise<MatchPage> {
    signal?.throwIfAborted();
    const { text, values, limit } = listingOf(filter);
    const rows = await this.#database.query<Row>(text, values, { signal });
    const matches = rows.slice(0, limit).map(savedOf);
    const last = matches.at(-1)?.match;
    return { matches, next: last && rows.length > limit ? encodeKey(last) : undefined };
  }

  async report(matchId: string, result: Result, { signal }: CallOptions): Promise<ReportOutcome> {
    signal?.throwIfAborted();
    const values = [matchId, textOf(result)];
    const [row] = await this.#database.query<{ outcome: ReportOutcome }>(REPORT, values, { signal });
    return row?.outcome ?? "unknown";
  }

  /** Ends the connections that it opened itself, where it was given a URL. */
  async close(): Promise<void> {
    await this.#database.close();
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * A match store on Postgres: on the application's pool, which stays open, or on one of its own where it is given a URL.
 *
 * Throws `INVALID_OPTIONS`. The schema has to be migrated before; calls reject with `STORE_MISCONFIGURED` until it is.
 */
export function postgresMatchStore(
  pool: PoolLike | string,
  options: PostgresMatchStoreOptions = {},
): PostgresMatchStore {
  return new PostgresMatchStore(pool, options);
}

function savedOf({ match, result }: Row): SavedMatch {
  const saved = { match: JSON.parse(match) as Match };
  return result === null ? saved : { ...saved, result: JSON.parse(result) as Result };
}

function textOf(result: Result): string {
  const isObject = typeof result === "object" && result !== null && !Array.isArray(result);
  try {
    if (isObject) return JSON.stringify(result);
  } catch {
    // A circle or a bigint: refused like any other value that JSON cannot hold.
  }
  throw new EvenmatchError("INVALID_REQUEST", {
    rule: "a result is an object that JSON can hold",
    received: result,
    remedy: "Report plain data, such as { winner: 0 }.",
  });
}
