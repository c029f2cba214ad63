import { EvenmatchError } from "@evenmatch/core";
import {
  batchAfter,
  HANDLER_BATCH,
  HANDLER_TRIES,
  waitAfter,
  waitAfterFailure,
} from "@evenmatch/core/adapter";
import { expect, it } from "vitest";

const tries = Array.from({ length: HANDLER_TRIES }, (_, index) => index);

it("batches shrink to one event, long before it is put aside, and never to none", () => {
  expect(tries.map(batchAfter)).toEqual([HANDLER_BATCH, 250, 62, 15, 3, 1, 1, 1, 1, 1]);
  expect(batchAfter(1_000_000)).toBe(1);
});

it("waits double up to a limit, and end within half a minute in all", () => {
  const waits = tries.slice(1).map(waitAfter);
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800]);
  expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThan(30_000);
  expect(waitAfter(10)).toBe(15_000);
  expect(waitAfter(1_000_000)).toBe(15_000);
});

it("what is tried again by itself waits less than what somebody has to mend", () => {
  const of = (retryable: boolean): EvenmatchError =>
    new EvenmatchError("STORE_UNAVAILABLE", { rule: "the server answers", remedy: "See it.", retryable });
  expect(waitAfterFailure(of(true))).toBe(200);
  expect(waitAfterFailure(new Error("unknown"))).toBe(200);
  expect(waitAfterFailure(of(false))).toBe(5_000);
});
