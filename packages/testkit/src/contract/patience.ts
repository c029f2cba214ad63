import { systemClock } from "@evenmatch/core";

const clock = systemClock();

/** How long a case waits for what was promised before it calls the promise broken, in real milliseconds. */
export const PATIENCE_MS = 10_000;

/**
 * Waits for a promise, and rejects with what was waited for when it takes longer than anybody should wait. The only
 * place where a contract looks at real time: cases wait for events, and this guard turns a hang into a message.
 */
export async function within<T>(
  patienceMs: number | undefined,
  what: string,
  promise: PromiseLike<T>,
): Promise<T> {
  const ms = patienceMs ?? PATIENCE_MS;
  let cancel = (): void => {};
  const guard = new Promise<never>((_, reject) => {
    cancel = clock.at(clock.now() + ms, () => reject(new Error(`Waited ${ms} ms in vain for ${what}`)));
  });
  try {
    return await Promise.race([promise, guard]);
  } finally {
    cancel();
  }
}

/** Runs everything that is ready to run, once: what an implementation has already decided to tell is told. */
export async function turn(): Promise<void> {
  await new Promise<void>((resolve) => clock.at(clock.now(), resolve));
}
