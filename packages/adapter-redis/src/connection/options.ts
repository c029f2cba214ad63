import { EvenmatchError, systemClock, type Clock, type Millis } from "@evenmatch/core";
import type { RedisLike } from "./driver.js";

/** How an adapter reaches its keys. All parts of one deployment use the same prefix. */
export interface RedisConnectionOptions {
  /** What the names of all keys begin with: letters, digits, `_`, `-`, `.` and `:`; `evenmatch` when left out. */
  readonly prefix?: string;
  /** A call that the server has not answered for so many ms fails as retryable; 5,000 when left out. */
  readonly timeoutMs?: Millis;
  /** Measures waiting; the machine's clock when left out. */
  readonly clock?: Clock;
}

/** Options with everything filled in. */
export interface Settings {
  readonly prefix: string;
  readonly timeoutMs: Millis;
  readonly clock: Clock;
}

const TIMEOUT = 5_000;
const MACHINE = systemClock();
/** No braces: they mark what of a key decides where in a Cluster it is kept. */
const PREFIX = /^[\w.:-]{1,64}$/;

/** Checks options and fills in what was left out; throws `INVALID_OPTIONS`. */
export function settingsOf({
  prefix = "evenmatch",
  timeoutMs = TIMEOUT,
  clock = MACHINE,
}: RedisConnectionOptions = {}): Settings {
  if (typeof prefix !== "string" || !PREFIX.test(prefix))
    throw invalid(
      "a prefix is 1 to 64 letters, digits, `_`, `-`, `.` and `:`",
      prefix,
      "Choose a short name, or leave it out.",
    );
  return { prefix, timeoutMs: wholeMillis("timeoutMs", timeoutMs, 1), clock };
}

/** Throws `INVALID_OPTIONS` for what is neither a client nor the URL of a server. */
export function checkedClient(given: RedisLike | string): RedisLike | string {
  if (isUrl(given)) return given;
  const client = given as Partial<RedisLike> | undefined;
  const isClient = typeof client?.call === "function" && typeof client.duplicate === "function";
  // The text may hold a password, so it is not repeated.
  if (!isClient)
    throw invalid(
      "a store on Redis takes a client of ioredis, or the URL of a server",
      undefined,
      "A URL reads redis://user:password@host:6379/0.",
    );
  const { options } = client;
  const keyPrefix = options?.keyPrefix ?? options?.redisOptions?.keyPrefix ?? "";
  if (keyPrefix !== "")
    throw invalid(
      "the client has no keyPrefix: scripts name their keys themselves",
      keyPrefix,
      "Pass a client without keyPrefix, and the option `prefix` to the store.",
    );
  return client as RedisLike;
}

/** True for the URL of a server. */
export function isUrl(given: unknown): given is string {
  return typeof given === "string" && URL.canParse(given) && /^rediss?:$/.test(new URL(given).protocol);
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

/** An `INVALID_OPTIONS`. */
export function invalid(rule: string, received: unknown, remedy: string): EvenmatchError {
  return new EvenmatchError("INVALID_OPTIONS", { rule, received, remedy });
}
