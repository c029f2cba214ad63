import { unlessAborted } from "./abort.js";

/** Milliseconds of match time since the Unix epoch, or a span of them: always a whole number. */
export type Millis = number;

/**
 * The source of match time. Nothing in the library asks the machine for the time or sets a timer but through this
 * interface, so a `ManualClock` from the testkit drives everything, real stores included.
 */
export interface Clock {
  /** Match time now, in whole milliseconds. */
  now(): Millis;
  /** Calls `run` once, at `when` or later, never before `at` has returned. Returns what cancels it. */
  at(when: Millis, run: () => void): () => void;
  /** Milliseconds with fractions on a scale that never runs backwards, for measuring how long something took. */
  stopwatch(): number;
}

/** `setTimeout` fires at once for delays beyond 2^31 − 1 ms, so longer ones are taken in steps. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * The machine's clock, shifted by `offset()` milliseconds towards the time that a store keeps. It never runs
 * backwards but when the offset changes: where the machine's clock is set back, it goes on at half the pace until
 * the machine's has caught up. It does not stand still, or nobody who waits would wake for as long.
 */
export function systemClock(offset: () => Millis = () => 0): Clock {
  let lead = Number.NEGATIVE_INFINITY;
  const now = (): Millis => {
    const slowed = performance.now() / 2;
    // Grows all the time but when the machine's clock has gone back.
    lead = Math.max(lead, Date.now() - slowed);
    // The offset comes on top: when it is learned, time goes where the store's is, at once.
    return Math.round(lead + slowed) + Math.round(offset());
  };
  return {
    now,
    stopwatch: () => performance.now(),
    at(when, run) {
      let timer: ReturnType<typeof setTimeout>;
      const sleep = (): void => {
        timer = setTimeout(
          // Timers may fire a millisecond early by the wall clock: what is not due yet sleeps on.
          () => (now() < when ? sleep() : run()),
          Math.min(LONGEST_DELAY, Math.max(0, when - now())),
        );
      };
      sleep();
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `delay` milliseconds on the clock; rejects with the signal's reason when it aborts first. */
export async function pause(clock: Clock, delay: Millis, signal?: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const over = new Promise<void>((resolve) => (cancel = clock.at(clock.now() + delay, resolve)));
  await unlessAborted(over, signal).finally(cancel);
}
