import { EvenmatchError } from "@evenmatch/core";
import type { CallError } from "./protocol.js";

/** Refusals of this server; those of the library come with codes of their own. */
export type RefusalCode =
  | "INVALID_PAYLOAD"
  | "PAYLOAD_TOO_LARGE"
  | "RATE_LIMITED"
  | "TOKEN_MISSING"
  | "TOKEN_INVALID"
  | "TOKEN_EXPIRED"
  | "TOO_MANY_SOCKETS"
  | "RATING_NOT_ALLOWED"
  | "ALREADY_WAITING"
  | "WAITING_ELSEWHERE"
  | "NOT_WAITING"
  | "NOT_YOUR_MATCH"
  | "IN_A_PARTY"
  | "NO_SUCH_PARTY"
  | "NOT_THE_LEADER"
  | "ALONE_IN_PARTY"
  | "PARTY_FULL"
  | "PARTY_TOO_LARGE"
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "CLOSING";

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

/** What the caller is told. Whatever was not foreseen is the server's own affair: the caller learns no more of it. */
export function callErrorOf(error: unknown): CallError {
  if (error instanceof Refusal || error instanceof EvenmatchError) {
    const { code, message, retryable } = error;
    return { code, message, retryable };
  }
  console.error(error);
  return { code: "INTERNAL", message: "The server failed; try again.", retryable: true };
}
