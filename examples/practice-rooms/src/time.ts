/** The one place in which this server asks for the time and sets timers. */

export const now = (): number => Date.now();

/** Calls `run` once after so many milliseconds; returns what cancels it. Keeps no process alive by itself. */
export function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
}

/** Calls `run` every so many milliseconds, the next time only when it is done; returns what ends it. */
export function every(delayMs: number, run: () => Promise<void>): () => void {
  let cancel = (): void => {};
  let isOver = false;
  const again = async (): Promise<void> => {
    await run().catch((error: unknown) => console.error(error));
    if (!isOver) cancel = after(delayMs, () => void again());
  };
  cancel = after(delayMs, () => void again());
  return () => {
    isOver = true;
    cancel();
  };
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => after(delayMs, resolve));
}
