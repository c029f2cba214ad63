/** Calls `run` when the signal aborts, and at once if it has; returns what takes that back. */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal?.aborted) run();
  else signal?.addEventListener("abort", run, { once: true });
  return () => signal?.removeEventListener("abort", run);
}

/** Who has to be told when a signal aborts. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Settles as the promise does, or rejects with the signal's reason as soon as it aborts. However many wait on a signal
 * at once, as all calls of a matchmaker do, it has one listener: many of them would look like a leak.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const those = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) onAbort(signal, () => those.forEach((tell) => tell()));
  waiting.set(signal, those);
  return new Promise((resolve, reject) => {
    const tell = (): void => reject(signal.reason as Error);
    those.add(tell);
    promise.then(resolve, reject).finally(() => those.delete(tell));
    if (signal.aborted) tell();
  });
}
