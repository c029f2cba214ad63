import { EvenmatchError, type ErrorCode } from "@evenmatch/core";
import { asEvenmatchError } from "@evenmatch/core/adapter";

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

/** The error of who needs more of a server than it has. */
export function misconfiguredBy(rule: string, received: unknown, remedy: string): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", { rule, received, remedy });
}

/** The word that the server begins an error with, such as `NOSCRIPT`; `undefined` for what did not come from it. */
export function wordOf(error: unknown): string | undefined {
  const failure = error instanceof EvenmatchError ? error.cause : error;
  if (!(failure instanceof Error) || failure.name !== "ReplyError") return undefined;
  // Before release 7 an error within a script comes wrapped, with its own word behind the line number.
  const wrapped = /@user_script: ?\d+: -?([A-Z]{3,})\b/.exec(failure.message);
  return wrapped?.[1] ?? /^[A-Z]+/.exec(failure.message)?.[0];
}

interface Failure {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly rule: string;
  readonly remedy: string;
}

function misconfigured(rule: string, remedy: string): Failure {
  return { code: "STORE_MISCONFIGURED", retryable: false, rule, remedy };
}

function unavailable(rule: string, remedy: string): Failure {
  return { code: "STORE_UNAVAILABLE", retryable: true, rule, remedy };
}

const CREDENTIALS = misconfigured(
  "the server lets this user in",
  "Check user name and password of the client, and that the user is enabled.",
);

const TAKES_WRITES = unavailable(
  "the server takes writes",
  "Nothing was changed. Wait for the failover, or connect by Sentinel or Cluster, which find the primary.",
);

/** What a word means. */
const FAILURES: Readonly<Record<string, Failure>> = {
  NOAUTH: CREDENTIALS,
  WRONGPASS: CREDENTIALS,
  NOPERM: misconfigured(
    "the user of this connection may use the commands and keys of Evenmatch",
    "Grant what the docs list under ACL.",
  ),
  WRONGTYPE: misconfigured(
    "the keys of Evenmatch are its own",
    "Nothing was changed. Rename the key that is somebody else's, or choose another prefix.",
  ),
  READONLY: TAKES_WRITES,
  OOM: unavailable(
    "the server has memory left below its maxmemory",
    "Nothing was changed. Give it more, or let waiting tickets leave.",
  ),
  MISCONF: unavailable("the server can write to its disk", "Nothing was changed. See the server's log."),
  NOREPLICAS: unavailable(
    "the server has as many replicas as min-replicas-to-write asks for",
    "Nothing was changed. Bring a replica back.",
  ),
  LOADING: unavailable("the server has read its data", "Wait until it has."),
  BUSY: unavailable(
    "no script keeps the server busy",
    "Look for a script of somebody else's that runs for long; `SCRIPT KILL` ends it.",
  ),
  MASTERDOWN: TAKES_WRITES,
  CLUSTERDOWN: unavailable("the Cluster serves all of its slots", "See `CLUSTER INFO`."),
};

/** Connections that broke, a server that starts or stops, and whatever else is not known: the same call again tells. */
const GONE = unavailable("Redis answers", "See the cause; the same call may be sent again.");

/** Words of errors that no repeating mends. */
const MISTAKE: Failure = {
  code: "STORE_UNAVAILABLE",
  retryable: false,
  rule: "the adapter and its scripts work as they are written",
  remedy: "See the cause; if the client is one of ioredis, report it.",
};

const NO_COMMAND = misconfigured(
  "the server has the commands of Redis 6.2",
  "Use a newer server, or give the command its name back in the server's configuration.",
);

const NO_DRIVER = misconfigured("the driver is installed", "Run `npm install ioredis`.");

function failureOf(cause: unknown): Failure {
  const word = wordOf(cause);
  const { message = "", code } = cause as { readonly message?: string; readonly code?: unknown };
  if (code === "ERR_MODULE_NOT_FOUND") return NO_DRIVER;
  if (/unknown (redis )?command/i.test(message)) return NO_COMMAND;
  // What a script may not do is told without the word.
  if (/can't run this command/.test(message)) return FAILURES["NOPERM"]!;
  if (word !== undefined) return FAILURES[word] ?? (word === "ERR" ? MISTAKE : GONE);
  return [TypeError, RangeError, ReferenceError].some((kind) => cause instanceof kind) ? MISTAKE : GONE;
}

/** What a failure of the driver or the server is for callers. */
export function asStoreError(cause: unknown): EvenmatchError {
  const { code, ...details } = failureOf(cause);
  // What the driver gave up on says why in the error before it.
  const { lastNodeError: last, previousErrors } = cause as {
    readonly lastNodeError?: Error;
    readonly previousErrors?: readonly Error[];
  };
  const inner = last ?? previousErrors?.at(-1);
  if (inner && wordOf(inner) !== undefined) return asStoreError(inner);
  return asEvenmatchError(cause, code, details);
}
