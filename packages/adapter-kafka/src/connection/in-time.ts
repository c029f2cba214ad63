import type { Clock, EvenmatchError, Millis } from "@evenmatch/core";
import { onAbort, pause, unlessAborted } from "@evenmatch/core/adapter";
import { asKafkaError, unanswered } from "./failures.js";

/** How long a call may take, and what ends it early. */
export interface Patience {
  readonly clock: Clock;
  readonly timeoutMs: Millis;
  readonly signal?: AbortSignal | undefined;
}

/** How long to wait before something is tried again that may work then, in ms. */
const PAUSE = 100;

/** How long who closes waits for brokers, in ms: the driver tries for much longer. */
const FAREWELL = 2_000;

/** Who stops while it joins its group still gets so many ms for it. */
const JOINING = 2_000;

/**
 * Gives up when the signal aborts or nothing answers in time, and says what failures mean. What was begun goes on unheard
 * as long as the driver tries, so it must do no harm when it ends late.
 */
export async function inTime<T>(patience: Patience, run: () => Promise<T>): Promise<T> {
  const { clock, timeoutMs, signal } = patience;
  signal?.throwIfAborted();
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.at(clock.now() + timeoutMs, () => reject(unanswered(timeoutMs)));
  });
  try {
    return await unlessAborted(Promise.race([run(), late]), signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw asKafkaError(error);
  } finally {
    cancel();
  }
}

/**
 * The same for work that may be repeated: tries again what may work then, for kafkajs gives up at the first answer that a
 * coordinator or a leader is not ready yet, which is a matter of milliseconds. No try begins after `triesMs`, where that
 * is shorter; one that has begun has the rest of `timeoutMs`.
 */
export async function untilItWorks<T>(
  patience: Patience & { readonly triesMs?: Millis },
  run: () => Promise<T>,
): Promise<T> {
  const { clock, timeoutMs, triesMs = timeoutMs } = patience;
  const lastTry = clock.now() + triesMs;
  let last: EvenmatchError | undefined;
  let isOver = false;
  const insist = async (): Promise<T> => {
    for (;;) {
      try {
        return await run();
      } catch (cause) {
        last = asKafkaError(cause);
        if (!last.retryable || isOver || clock.now() >= lastTry) throw last;
      }
      await pause(clock, Math.min(PAUSE, timeoutMs), patience.signal);
    }
  };
  try {
    return await inTime(patience, insist);
  } catch (error) {
    // What failed says more than that time is over.
    patience.signal?.throwIfAborted();
    throw last ?? error;
  } finally {
    isOver = true;
  }
}

/** For the last that is asked of brokers, by who closes: waits for it a little, and not for brokers that do not answer. */
export async function farewell(clock: Clock, run: () => Promise<unknown>): Promise<void> {
  await inTime({ clock, timeoutMs: FAREWELL }, run).catch(() => {});
}

/**
 * A signal that aborts a while after the one given: kafkajs does not leave a group that it is just joining, and the group
 * would wait for the session of a member that nobody is.
 */
export function patient(
  signal: AbortSignal,
  clock: Clock,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const late = new AbortController();
  let cancel = (): void => {};
  const forget = onAbort(signal, () => {
    cancel = clock.at(clock.now() + JOINING, () => late.abort(signal.reason));
  });
  const end = (): void => {
    forget();
    cancel();
  };
  return { signal: late.signal, end };
}
