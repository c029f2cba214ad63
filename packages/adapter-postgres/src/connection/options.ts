import { EvenmatchError, systemClock, type Clock, type Millis } from "@evenmatch/core";
import type { PoolLike } from "./driver.js";

/** How an adapter reaches its tables. All parts of one deployment use the same schema. */
export interface PostgresOptions {
  /** The schema of the tables, any name that Postgres takes; `evenmatch` when left out. */
  readonly schema?: string;
  /**
   * URL of a direct connection for LISTEN, where the pool goes through a pooler in transaction mode. Left out, one
   * connection of the pool is kept for it. Stores on one pool share it.
   */
  readonly listen?: string;
  /**
   * How often to look for news, in ms. Given without `listen`, nothing listens at all, and news come so much later:
   * for poolers in transaction mode. With a connection that listens, it covers wake-ups that were lost; 1,000 then.
   */
  readonly pollMs?: Millis;
  /** A call that the server has not answered for so many ms fails as retryable; 5,000 when left out. */
  readonly timeoutMs?: Millis;
  /** Measures waiting; the machine's clock when left out. */
  readonly clock?: Clock;
}

/** Options with everything filled in. */
export interface Settings {
  readonly schema: string;
  readonly listen: string | undefined;
  /** False where news are only looked for. */
  readonly isListening: boolean;
  readonly pollMs: Millis;
  readonly timeoutMs: Millis;
  readonly clock: Clock;
}

const POLL = 1_000;
const TIMEOUT = 5_000;
/** One for all: stores by the same clock share what listens. */
const MACHINE = systemClock();

/** Checks options and fills in what was left out; throws `INVALID_OPTIONS`. */
export function settingsOf({
  schema = "evenmatch",
  listen,
  pollMs,
  timeoutMs = TIMEOUT,
  clock = MACHINE,
}: PostgresOptions = {}): Settings {
  checkSchema(schema);
  wholeMillis("timeoutMs", timeoutMs, 1);
  if (pollMs !== undefined) wholeMillis("pollMs", pollMs, 1);
  if (listen !== undefined && !isUrl(listen)) throw noUrl("listen is the URL of a direct connection");
  const isListening = listen !== undefined || pollMs === undefined;
  return { schema, listen, isListening, pollMs: pollMs ?? POLL, timeoutMs, clock };
}

/** Throws `INVALID_OPTIONS` for what is neither a pool nor the URL of a database. */
export function checkedPool(given: PoolLike | string): PoolLike | string {
  const isPool = typeof (given as Partial<PoolLike> | undefined)?.query === "function";
  if (isPool || isUrl(given)) return given;
  throw noUrl("a store on Postgres takes a pg.Pool, or the URL of a database");
}

/** True for the URL of a database. */
export function isUrl(given: unknown): given is string {
  return typeof given === "string" && URL.canParse(given) && /^postgres(ql)?:$/.test(new URL(given).protocol);
}

/** The text may hold a password, so it is not repeated. */
function noUrl(rule: string): EvenmatchError {
  return invalid(rule, undefined, "A URL reads postgres://user:password@host:5432/database.");
}

/** Checks a span of time; throws `INVALID_OPTIONS`. */
export function wholeMillis(name: string, value: Millis, least: Millis): Millis {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(
    `${name} is a whole number of milliseconds, at least ${least}`,
    value,
    "Leave it out if unsure.",
  );
}

/** What no text of Postgres holds: NUL, and halves of surrogate pairs. */
export const ODD = /[\0\p{Cs}]/u;

/** Postgres cuts longer names off, so that two of them could become one. */
const LONGEST_NAME = 63;

/** Throws `INVALID_OPTIONS` for what Postgres takes for no name of a schema. */
export function checkSchema(schema: string): void {
  const isName =
    typeof schema === "string" &&
    schema.length > 0 &&
    new TextEncoder().encode(schema).length <= LONGEST_NAME &&
    !ODD.test(schema) &&
    !schema.startsWith("pg_");
  if (isName) return;
  throw invalid(
    `a schema is a text of 1 to ${LONGEST_NAME} bytes without NUL that does not begin with pg_`,
    schema,
    "Choose a short name, or leave it out.",
  );
}

/** A name as SQL writes it, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function invalid(rule: string, received: unknown, remedy: string): EvenmatchError {
  return new EvenmatchError("INVALID_OPTIONS", { rule, received, remedy });
}
