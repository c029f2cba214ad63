import { EvenmatchError, type ErrorCode } from "@evenmatch/core";

/** Refusals of this service, each with its status over HTTP; those of the library come with codes of their own. */
const statuses = {
  INVALID_PAYLOAD: 400,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  WRONG_MEMBER_CODE: 403,
  NOT_FOUND: 404,
  ROOM_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_WAITING: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  TOO_MANY_CONNECTIONS: 429,
  QUEUE_UNAVAILABLE: 503,
  CLOSING: 503,
} as const;

export type RefusalCode = keyof typeof statuses;

/** What a caller is told. */
export interface CallError {
  readonly code: string;
  readonly message: string;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable: boolean;
}

/** A call is refused and nothing has changed. */
export class Refusal extends Error implements CallError {
  override readonly name = "Refusal";

  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly retryable = false,
  ) {
    super(message);
  }
}

/** Those of the library that a caller of this service can meet. */
const libraryStatuses: Partial<Record<ErrorCode, number>> = {
  ALREADY_WAITING: 409,
  POOL_FULL: 503,
  STORE_UNAVAILABLE: 503,
  CLOSED: 503,
};

const texts: Partial<Record<ErrorCode, string>> = {
  ALREADY_WAITING: "You wait already; leave first.",
  POOL_FULL: "Too many wait already; try again later.",
  STORE_UNAVAILABLE: "The queue cannot be reached; try again.",
};

/** What the caller is told of an error, with its status over HTTP. What was not foreseen stays the server's own affair. */
export function told(error: unknown): { readonly status: number; readonly error: CallError } {
  if (error instanceof Refusal) {
    const { code, message, retryable } = error;
    return { status: statuses[code], error: { code, message, retryable } };
  }
  if (error instanceof EvenmatchError) {
    const { code, message, retryable } = error;
    const status = libraryStatuses[code];
    if (status) return { status, error: { code, message: texts[code] ?? message, retryable } };
  }
  console.error(error);
  return {
    status: 500,
    error: { code: "INTERNAL", message: "The server failed; try again.", retryable: true },
  };
}
