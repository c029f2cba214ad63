import { EvenmatchError, type ErrorCode } from "@evenmatch/core";
import { asEvenmatchError } from "@evenmatch/core/adapter";

/** SQLSTATEs of the adapter's own functions. */
export const LEASE_LOST = "EM001";
/** What a function was told about a pool that it does not know any more. */
export const POOL_UNKNOWN = "EM002";
/** Two calls got into each other's way; the same call again tells. */
export const COLLIDED = "EM003";

/** The SQLSTATE of a failure of the server, or the code of one of the network. */
export function sqlStateOf(error: unknown): string | undefined {
  const failure = error instanceof EvenmatchError ? error.cause : error;
  const code = (failure as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** True for failures that may pass. */
export function isRetryable(error: unknown): boolean {
  return (error as { readonly retryable?: boolean } | undefined)?.retryable === true;
}

/** The error of who uses what was closed. */
export function closed(what: "store" | "bus"): EvenmatchError {
  return new EvenmatchError("CLOSED", {
    rule: `a ${what} that was closed is not used any more`,
    remedy: "Close it after the matchmaker.",
  });
}

interface Failure {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly rule: string;
  readonly remedy: string;
}

/** What to do where the schema is not there, or older. */
export const MIGRATE = "Run `npx -p @evenmatch/adapter-postgres evenmatch-postgres migrate`.";

/** What a SQLSTATE means, by the longest beginning that is known. */
const FAILURES: Readonly<Record<string, Failure>> = {
  "3F000": misconfigured("the schema of Evenmatch exists", MIGRATE),
  "42P01": misconfigured("the tables of Evenmatch exist", MIGRATE),
  "42883": misconfigured("the functions of Evenmatch exist", MIGRATE),
  "42703": misconfigured(
    "the tables of Evenmatch are as their migrations made them",
    "Look for a table of the same name that is somebody else's, or choose another schema.",
  ),
  "42804": misconfigured(
    "the tables of Evenmatch are as their migrations made them",
    "Look for a table of the same name that is somebody else's, or choose another schema.",
  ),
  "42501": misconfigured(
    "the role of this connection may use the schema of Evenmatch",
    "Grant what `evenmatch-postgres grants` prints.",
  ),
  "28": misconfigured("the server lets this role in", "See the cause; check user, password and pg_hba.conf."),
  "3D000": misconfigured("the database exists", "Create it, or mend the URL."),
  "25006": unavailable(
    "the server takes writes",
    "Nothing was changed. Wait for the failover, or point the URL at the primary.",
  ),
  "53100": unavailable(
    "the server has space left on its disk",
    "Nothing was changed. Make room on the server.",
  ),
  "53": unavailable(
    "the server has connections and memory to spare",
    "See the cause; lower the pool's size.",
  ),
  "57014": unavailable(
    "a statement ends within the server's statement_timeout",
    "Raise statement_timeout for this role, or look for what blocks it.",
  ),
  ERR_MODULE_NOT_FOUND: misconfigured("the driver is installed", "Run `npm install pg`."),
  "22": {
    code: "INVALID_REQUEST",
    retryable: false,
    rule: "what is kept is text and numbers that Postgres can hold",
    remedy: "See the cause.",
  },
  "23502": {
    code: "INVALID_REQUEST",
    retryable: false,
    rule: "what is kept has everything that the tables ask for",
    remedy: "See the cause.",
  },
  "54": {
    code: "INVALID_REQUEST",
    retryable: false,
    rule: "what is kept is within the limits of Postgres",
    remedy: "See the cause; ids are meant to be short.",
  },
};

function misconfigured(rule: string, remedy: string): Failure {
  return { code: "STORE_MISCONFIGURED", retryable: false, rule, remedy };
}

function unavailable(rule: string, remedy: string): Failure {
  return { code: "STORE_UNAVAILABLE", retryable: true, rule, remedy };
}

/** Connections that broke, a server that starts or stops, and whatever else is not known: the same call again tells. */
const GONE = unavailable("Postgres answers", "See the cause; the same call may be sent again.");

/** A mistake in code, of the adapter or of what it was given, that no repeating mends. */
const MISTAKE: Failure = {
  code: "STORE_UNAVAILABLE",
  retryable: false,
  rule: "the adapter and its driver work as they are written",
  remedy: "See the cause; if the pool is a `pg.Pool`, report it.",
};

/** What a failure of the driver or the server is for callers. */
export function asStoreError(cause: unknown): EvenmatchError {
  const state = sqlStateOf(cause) ?? "";
  const isMistake =
    state === "" && [TypeError, RangeError, ReferenceError].some((kind) => cause instanceof kind);
  const { code, ...details } = FAILURES[state] ?? FAILURES[state.slice(0, 2)] ?? (isMistake ? MISTAKE : GONE);
  // A name with several addresses fails with what each of them said, and says nothing itself.
  const received = cause instanceof AggregateError ? cause.errors.map(String) : undefined;
  return asEvenmatchError(cause, code, received ? { ...details, received } : details);
}
