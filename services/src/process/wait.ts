import { setTimeout as sleep } from "node:timers/promises";

/** How long to wait for a condition, and what to say when it does not come. */
export interface WaitOptions {
  /** What is waited for, as it reads after "waited for". */
  what: string;
  /** Default 30,000 ms. */
  timeoutMs?: number;
  /** Between two looks. Default 10 ms. */
  everyMs?: number;
}

/**
 * Looks again and again until the answer is neither undefined nor false, and returns it. What `look` throws counts
 * as "not yet", and is named in the error when the time is over.
 *
 * @throws Error when the condition did not come in time.
 */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  { what, timeoutMs = 30_000, everyMs = 10 }: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await look();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last });
    await sleep(everyMs);
  }
}
