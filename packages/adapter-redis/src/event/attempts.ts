import { EvenmatchError, type Millis } from "@evenmatch/core";

/** How many events a handler gets at once, at most. */
export const BATCH = 1_000;

/** How often an event is delivered before it is put aside. */
export const TRIES = 10;

/** Waits between tries, in ms: doubled from the first to the last; all of them together take 26 s. */
const FIRST_WAIT = 50;
const LAST_WAIT = 15_000;

/** How many events to deliver after so many tries in vain: fewer and fewer, so that the one at fault is alone. */
export function sizeAfter(tries: number): number {
  return Math.max(1, BATCH >> (2 * Math.min(tries, 10)));
}

/** How long to wait after so many tries in vain. */
export function waitAfter(tries: number): Millis {
  return Math.min(FIRST_WAIT * 2 ** (tries - 1), LAST_WAIT);
}

/** How long to wait after the server has failed, in ms. */
export function waitAfterFailure(error: unknown): Millis {
  return error instanceof EvenmatchError && !error.retryable ? 5_000 : 200;
}
