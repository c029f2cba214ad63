import type { Clock, Millis } from "@evenmatch/core";
import { unlessAborted } from "@evenmatch/core/adapter";
import { asKafkaError, unanswered } from "./failures.js";

/** How long a call may take, and what ends it early. */
export interface Patience {
  readonly clock: Clock;
  readonly timeoutMs: Millis;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives up when the signal aborts or nothing answers in time, and says what failures mean. What was begun goes on unheard
 * as long as the driver tries, so it must do no harm when it ends late.
 */
export async function inTime<T>({ clock, timeoutMs, signal }: Patience, run: () => Promise<T>): Promise<T> {
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
