import type { Clock } from "../clock.js";
import type { EvenmatchError } from "../errors.js";
import type { BusEvent, EventType } from "../event/event.js";
import type { Match } from "../match/match.js";
import type { TicketStore } from "../ticket/store.js";

/** What a runner needs of its surroundings. */
export interface Surroundings {
  readonly store: TicketStore;
  readonly clock: Clock;
  readonly uuid: (now: number) => string;
  /** Saves a settled match. */
  save(match: Match, done: () => void, failed: (cause: unknown) => void): void;
  /** Tells this process's listeners. */
  emit(event: BusEvent): void;
  /** Puts an event on the bus, or is done at once when nobody else needs it. */
  publish(event: BusEvent, done: () => void, failed: (cause: unknown) => void): void;
  /** True when somebody listens to events of this type, here or on the bus. */
  wants(type: EventType): boolean;
  /** A port has failed, and is asked again. */
  failed(error: EvenmatchError): void;
}
