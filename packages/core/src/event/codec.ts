import { EvenmatchError, type ErrorCode } from "../errors.js";
import type { BusEvent } from "./event.js";

/**
 * Events as text, for buses that carry no objects: JSON, where a bigint is decimal text, `Infinity` is null, and an
 * error is its code, rule, remedy and whether to retry.
 */
export function encodeEvent(event: BusEvent): string {
  return JSON.stringify(event, (_key, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (value instanceof EvenmatchError) {
      const { code, message, remedy, retryable } = value;
      return { code, rule: message.slice(0, -remedy.length - 2), remedy, retryable };
    }
    return value;
  });
}

/**
 * Reads what {@link encodeEvent} wrote. Throws `INVALID_REQUEST` for text that is no event of a version this
 * library knows; what else the text holds beside known fields is kept as it is.
 */
export function decodeEvent(text: string): BusEvent {
  const event = parsed(text) as { v?: unknown; type?: unknown; data?: unknown } | undefined;
  const isEvent =
    event?.v === 1 && typeof event.type === "string" && typeof event.data === "object" && event.data !== null;
  if (!isEvent) {
    throw new EvenmatchError("INVALID_REQUEST", {
      rule: "an event is JSON with v: 1, a type and data",
      received: text,
      remedy: "Put it aside, and upgrade if it comes from a newer version.",
    });
  }
  const { data } = event as { data: Record<string, unknown> };
  if (typeof data["fence"] === "string") data["fence"] = BigInt(data["fence"]);
  if (event.type === "pass") data["nextChange"] ??= Infinity;
  if (event.type === "error")
    data["error"] = reviveError(
      data["error"] as { code: ErrorCode; rule: string; remedy: string; retryable: boolean },
    );
  return event as BusEvent;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reviveError({
  code,
  rule,
  remedy,
  retryable,
}: {
  code: ErrorCode;
  rule: string;
  remedy: string;
  retryable: boolean;
}): EvenmatchError {
  return new EvenmatchError(code, { rule, remedy, retryable });
}
