import type { BusEvent, BusHandler, Delivery, SubscribeOptions, Subscription } from "@evenmatch/core";

/** A way in which events go through the server. */
export interface Kind {
  readonly delivery: Delivery;
  publish(events: readonly BusEvent[], signal: AbortSignal | undefined): Promise<void>;
  /** Resolves when the subscription is in effect. */
  subscribe(handler: BusHandler, group: SubscribeOptions["group"]): Promise<Subscription>;
  /** Forgets a group, and what it has not read. */
  dropGroup(group: string): Promise<void>;
  /** Resolves when nothing is being published any more. */
  idle(): Promise<void>;
}

/** Runs once, however often it is called. */
export function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= run());
}
