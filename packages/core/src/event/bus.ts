import type { CallOptions } from "../ticket/store.js";
import type { BusEvent } from "./event.js";

/**
 * What a bus keeps. `at-least-once`: a subscriber gets every event published while it is subscribed, and a group
 * also what was published while none of its members ran. `at-most-once`: events may be missed, and whoever waits
 * asks the store besides.
 */
export type Delivery = "at-least-once" | "at-most-once";

/** How to subscribe to a bus. */
export interface SubscribeOptions extends CallOptions {
  /**
   * Members of a group share the events, each goes to one of them. A group outlives its members: what nobody has
   * acknowledged is delivered to the next. Without a group everyone gets everything published from now on.
   */
  readonly group?: string | undefined;
}

/** A subscription in effect. */
export interface Subscription {
  /** Resolves when the last running handler has ended; no handler is called afterwards. */
  close(): Promise<void>;
}

/** Called with events in the order of their pools. Resolving acknowledges them, rejecting has them delivered again. */
export type BusHandler = (events: readonly BusEvent[]) => void | Promise<void>;

/** How processes hear of what happened. Events of one pool arrive in the order in which they were published. */
export interface EventBus {
  readonly delivery: Delivery;
  /** Resolves when the bus has the events; rejects with a retryable error when that is not known. */
  publish(events: readonly BusEvent[], options: CallOptions): Promise<void>;
  /** Resolves when the subscription is in effect. */
  subscribe(handler: BusHandler, options: SubscribeOptions): Promise<Subscription>;
}
