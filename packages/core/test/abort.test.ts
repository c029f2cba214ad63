import { expect, it, vi } from "vitest";
import { unlessAborted } from "../src/abort.js";

it("gives up when the signal aborts, and not before: many who wait have one listener together", async () => {
  const { signal, abort } = giving();
  const listening = vi.spyOn(signal, "addEventListener");
  const waiting = Array.from({ length: 50 }, () => unlessAborted(new Promise(() => {}), signal));
  const refused = expect(Promise.allSettled(waiting)).resolves.toEqual(
    waiting.map(() => ({ status: "rejected", reason: "enough" })),
  );
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  abort();
  await refused;
  expect(listening).toHaveBeenCalledTimes(1);
});

it("gives up at once where the signal has aborted, and never without one", async () => {
  const { signal, abort } = giving();
  abort();
  await expect(unlessAborted(new Promise(() => {}), signal)).rejects.toBe("enough");
  expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
});

function giving(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort("enough") };
}
