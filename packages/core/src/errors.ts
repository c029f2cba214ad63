import type { Ticket } from "./ticket/ticket.js";

/**
 * Every error the library raises itself, as one closed set. The code says what happened; whether the same call
 * may simply be sent again is `retryable`, never guesswork on the message.
 */
export type ErrorCode =
  | "INVALID_OPTIONS"
  | "INVALID_REQUEST"
  | "INVALID_PLAYERS"
  | "INVALID_RATING"
  | "INVALID_REGION"
  | "INVALID_ATTRIBUTE"
  | "UNKNOWN_QUEUE"
  | "ALREADY_WAITING"
  | "POOL_FULL"
  | "TICKET_UNKNOWN"
  | "TICKET_LEFT"
  | "TICKET_EXPIRED"
  | "LEASE_LOST"
  | "NO_OWNER"
  | "NOT_AVAILABLE"
  | "STORE_UNAVAILABLE"
  | "STORE_MISCONFIGURED"
  | "ALLOCATION_FAILED"
  | "STRATEGY_FAILED"
  | "INVALID_PROPOSAL"
  | "LISTENER_FAILED"
  | "LISTENER_TOO_SLOW"
  | "CLOSED";

/** What an {@link EvenmatchError} is made of. */
export interface ErrorDetails {
  /** The rule that was broken, as a sentence without a full stop. */
  readonly rule: string;
  /** The value that broke it; the cause's message where it is left out. */
  readonly received?: unknown;
  /** What to do about it, as a sentence. */
  readonly remedy: string;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** The live ticket that is in the way, with `ALREADY_WAITING`. */
  readonly ticket?: Ticket;
}

/**
 * The one error class of the library and its adapters.
 *
 * @example
 * ```ts
 * import { EvenmatchError, Matchmaker, OneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: 100 }) } });
 * try {
 *   await matchmaker.join("classic", { players: [{ id: "ann", rating: Number.NaN }] });
 * } catch (error) {
 *   if (error instanceof EvenmatchError) console.log(error.code, error.retryable); // prints: INVALID_RATING false
 * }
 * ```
 */
export class EvenmatchError extends Error {
  override readonly name = "EvenmatchError";
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly received: unknown;
  readonly remedy: string;
  /** The live ticket that is in the way, with `ALREADY_WAITING`. */
  readonly ticket: Ticket | undefined;

  constructor(code: ErrorCode, { rule, remedy, retryable = false, cause, ticket, ...given }: ErrorDetails) {
    const { received = cause instanceof Error ? cause.message : cause } = given;
    const shown = received === undefined ? "" : `; received ${show(received)}`;
    super(`${rule}${shown}. ${remedy}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.received = received;
    this.remedy = remedy;
    this.ticket = ticket;
  }
}

/** Wraps whatever was thrown, keeping an {@link EvenmatchError} as it is. */
export function asEvenmatchError(
  cause: unknown,
  code: ErrorCode,
  details: Omit<ErrorDetails, "cause">,
): EvenmatchError {
  return cause instanceof EvenmatchError ? cause : new EvenmatchError(code, { ...details, cause });
}

const SHOWN_LENGTH = 120;

/** A value as an error message shows it: short, on one line, and safe for values that JSON cannot say. */
function show(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "bigint" || (typeof inner === "number" && !Number.isFinite(inner))
        ? String(inner)
        : inner,
    );
  } catch {
    // What cannot be JSON, such as a circle, is shown as text.
  }
  try {
    text ??= String(value);
  } catch {
    text = "a value that cannot be shown";
  }
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
