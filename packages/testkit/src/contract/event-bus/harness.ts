import type { Delivery, EventBus } from "@evenmatch/core";

/** In what event buses may differ. Each value has a case of its own that shows what it means. */
export interface EventBusCapabilities {
  readonly delivery: Delivery;
  /** Whether subscribers may share events as members of a group that outlives them. */
  readonly groups: boolean;
}

/** What an event bus's author writes to have it proved. */
export interface EventBusHarness {
  readonly name: string;
  readonly capabilities: EventBusCapabilities;
  /** How long a case waits for events, in real milliseconds; ten seconds when left out. */
  readonly patienceMs?: number;
  /** A bus that no other case has seen: a key prefix, a channel, topics of its own. */
  open(): Promise<EventBusSubject>;
}

/** A bus of one case. */
export interface EventBusSubject {
  /** Another bus on the same channel, as another process has it. */
  bus(): EventBus | Promise<EventBus>;
  /** Closes the bus and drops what it kept. */
  close(): Promise<void>;
}
