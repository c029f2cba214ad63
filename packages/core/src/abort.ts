/** Who has to be told when a signal aborts, in the order in which they asked for it. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `run` when the signal aborts, and at once if it has; returns what takes that back. However many wait on a signal
 * at once, as all calls of a matchmaker do, it has one listener: many of them would look like a leak.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (!signal || signal.aborted) {
    if (signal) run();
    return () => {};
  }
  const those = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) signal.addEventListener("abort", () => those.forEach((tell) => tell()));
  waiting.set(signal, those.add(run));
  return () => those.delete(run);
}

/** Settles as the promise does, or rejects with the signal's reason as soon as it aborts. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason as Error));
    promise.then(resolve, reject).finally(forget);
  });
}
