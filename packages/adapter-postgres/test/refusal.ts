import { EvenmatchError } from "@evenmatch/core";
import { expect } from "vitest";

/** Expects a rejection with a code and a message, and gives the error. */
export async function refusal(
  promise: Promise<unknown>,
  code: EvenmatchError["code"],
  message: RegExp | string = "",
): Promise<EvenmatchError> {
  const error = await promise.then(
    () => expect.fail(`expected ${code}, and it resolved`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof EvenmatchError)) throw error;
  expect(error.code, error.message).toBe(code);
  expect(error.message).toMatch(message);
  return error;
}
