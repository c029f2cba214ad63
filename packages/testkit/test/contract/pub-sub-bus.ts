import {
  EvenmatchError,
  MemoryEventBus,
  type BusEvent,
  type BusHandler,
  type CallOptions,
  type Delivery,
  type EventBus,
  type SubscribeOptions,
  type Subscription,
} from "@evenmatch/core";

/** Fire and forget, as a pub/sub channel is: what a handler rejects is gone, and there are no groups. */
export class PubSubBus implements EventBus {
  readonly delivery: Delivery = "at-most-once";
  readonly #inner = new MemoryEventBus();

  publish(events: readonly BusEvent[], options: CallOptions): Promise<void> {
    return this.#inner.publish(events, options);
  }

  async subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription> {
    if (options.group !== undefined) {
      throw new EvenmatchError("NOT_AVAILABLE", {
        rule: "this bus has no groups",
        received: options.group,
        remedy: "Leave group out.",
      });
    }
    const forgetful = async (events: readonly BusEvent[]): Promise<void> => {
      try {
        await handler(events);
      } catch {
        // At most once: gone.
      }
    };
    return this.#inner.subscribe(forgetful, options);
  }
}
