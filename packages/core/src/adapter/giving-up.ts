import { onAbort } from "../abort.js";

/** Who has to be told when a signal aborts. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

function waitingOn(signal: AbortSignal): Set<() => void> {
  let those = waiting.get(signal);
  if (!those) {
    const all = new Set<() => void>();
    onAbort(signal, () => all.forEach((tell) => tell()));
    waiting.set(signal, (those = all));
  }
  return those;
}

/**
 * Settles as the promise does, or rejects with the signal's reason as soon as it aborts. However many wait on a signal
 * at once, as all calls of a matchmaker do, it has one listener: many of them would look like a leak.
 */
export function unlessGivenUp<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const those = waitingOn(signal);
  return new Promise((resolve, reject) => {
    const tell = (): void => reject(signal.reason as Error);
    those.add(tell);
    promise.then(resolve, reject).finally(() => those.delete(tell));
    if (signal.aborted) tell();
  });
}
