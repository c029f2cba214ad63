/** The middle of the values; the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** The value that a share of all values does not exceed (nearest rank). */
export function percentile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Starts a watch; it returns the milliseconds since then, for work that never sleeps. On a shared machine the clock
 * on the wall counts the neighbours' work, too, so what counts is the smaller of that and the CPU time of the whole
 * process, its collector and compiler included. On an idle machine the work would have taken no longer than either.
 */
export function stopwatch(): () => number {
  // Asking for the CPU time is the slow part, so it stays outside.
  const cpu = process.cpuUsage();
  const wall = performance.now();
  return () => {
    const elapsed = performance.now() - wall;
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(elapsed, (user + system) / 1_000);
  };
}

/** Collects garbage now, so that nobody pays for what another part of the run left behind. */
export function collect(): void {
  if (!globalThis.gc) throw new Error("measuring needs node --expose-gc");
  globalThis.gc();
}

/** How long the collector's helper threads may still sweep, in ms. */
const SWEEPING = 100;

/**
 * Collects garbage and rests, so that the helper threads are done sweeping: until then they compete with what is
 * timed. A reference that waits to be asked comes as rested.
 */
export function settle(): Promise<void> {
  collect();
  return new Promise((resolve) => setTimeout(resolve, SWEEPING));
}

/** The next turn of the event loop: all that was resolved until now has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
