import type { Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";

/** How many events a handler gets at once, at most. */
export const HANDLER_BATCH = 1_000;

/** How often an event is delivered to a handler that rejects it, before it is put aside. */
export const HANDLER_TRIES = 10;

/** Waits between tries: doubled from the first to the last; all of them together take 26 s. */
const FIRST_WAIT: Millis = 50;
const LAST_WAIT: Millis = 15_000;

/**
 * How many events to deliver after so many tries in vain: {@link HANDLER_BATCH} at first, then a quarter of what it was
 * each time, so that after five the one at fault is alone.
 */
export function batchAfter(tries: number): number {
  return Math.max(1, HANDLER_BATCH >> (2 * Math.min(tries, 10)));
}

/** How long to wait after so many tries in vain, one at least, in ms. */
export function waitAfter(tries: number): Millis {
  return Math.min(FIRST_WAIT * 2 ** (tries - 1), LAST_WAIT);
}

/** How long to wait after a server has failed, in ms: longer where trying again does not help by itself. */
export function waitAfterFailure(error: unknown): Millis {
  return error instanceof EvenmatchError && !error.retryable ? 5_000 : 200;
}
