import type { Subscription } from "@evenmatch/core";

/** Whether a call has opened something that only who gets its answer can close. */
export function isSubscription(answer: unknown): answer is Subscription {
  return typeof (answer as Partial<Subscription> | null | undefined)?.close === "function";
}
