import type { BusEvent, EventType } from "../event/event.js";
import type { Ports } from "../ports.js";
import type { Uuid } from "../random.js";

/** What a runner needs of its surroundings. */
export interface Surroundings {
  readonly ports: Ports;
  readonly uuid: Uuid;
  /** Tells this process's listeners. */
  emit(event: BusEvent): void;
  /** True when other processes want to hear of this event. */
  isForBus(event: BusEvent): boolean;
  /** True when somebody listens to events of this type, here or on the bus. */
  wants(type: EventType): boolean;
}
