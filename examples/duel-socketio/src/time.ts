/** The one place in which this server asks for the time and sets timers. */

export function now(): number {
  return Date.now();
}

/** Calls `run` once after so many milliseconds; returns what cancels it. */
export function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

/** Calls `run` every so many milliseconds; returns what ends it. Keeps no process alive by itself. */
export function every(delayMs: number, run: () => void): () => void {
  const timer = setInterval(run, delayMs).unref();
  return () => clearInterval(timer);
}
