import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { withAdmin } from "../../src/connection/admin.js";
import type { AdminLike, KafkaLike } from "../../src/connection/driver.js";

const clock = new ManualClock();

/** A client whose administrator disconnects like this. */
function client(disconnect: () => Promise<void>): KafkaLike {
  const admin: Pick<AdminLike, "connect" | "disconnect"> = { connect: () => Promise.resolve(), disconnect };
  return { admin: () => admin } as unknown as KafkaLike;
}

it("is done with a connection of its own when that is closed", async () => {
  let isOpen = true;
  const kafka = client(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    isOpen = false;
  });
  expect(await withAdmin(kafka, { clock, timeoutMs: 10_000 }, () => Promise.resolve("answer"))).toBe(
    "answer",
  );
  expect(isOpen).toBe(false);
});

it("does not wait long for one that does not close", async () => {
  const kafka = client(() => new Promise(() => {}));
  const asking = withAdmin(kafka, { clock, timeoutMs: 10_000 }, () => Promise.resolve("answer"));
  await clock.advance(2_000);
  expect(await asking).toBe("answer");
});
