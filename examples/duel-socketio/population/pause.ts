import { after } from "../src/time.js";

/** Resolves after a while, at once when the signal aborts. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      signal?.removeEventListener("abort", done);
      cancel();
      resolve();
    };
    const cancel = after(delayMs, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
