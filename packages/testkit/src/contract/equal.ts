import assert from "node:assert/strict";

/** A value without its `undefined` properties: for a port, a property that is left out says the same. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [key, plain(item)]));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

/** Fails when two values differ in more than properties that are `undefined`. */
export function same(actual: unknown, expected: unknown, what: string): void {
  try {
    assert.deepEqual(plain(actual), plain(expected));
  } catch (error) {
    throw new Error(`${what}\n${(error as Error).message}`, { cause: error });
  }
}

/** Fails unless the promise rejects with an error of this code. */
export async function rejectsWith(promise: Promise<unknown>, code: string, what: string): Promise<void> {
  const error = await promise.then(
    (value) => assert.fail(`${what}: expected ${code}, and it resolved with ${JSON.stringify(plain(value))}`),
    (reason: unknown) => reason as { code?: unknown },
  );
  assert.equal(error.code, code, `${what}: ${error instanceof Error ? error.message : "no error"}`);
}

/** Fails unless the promise rejects with this very reason. */
export async function rejectsAs(promise: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  const error = await promise.then(
    () => assert.fail(`${what}: expected a rejection, and it resolved`),
    (rejected: unknown) => rejected,
  );
  // A store may wrap the reason of a signal, as long as it can be found.
  const found = error === reason || (error as { readonly cause?: unknown }).cause === reason;
  assert.ok(
    found,
    `${what}: rejects with the signal's reason, or with an error that it is the cause of; got ${String(error)}`,
  );
}
