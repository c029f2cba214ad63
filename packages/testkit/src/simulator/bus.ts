import type { BusEvent, BusHandler, Clock, EventBus, Millis } from "@evenmatch/core";
import type { Rng } from "../random/seeded.js";

/** How a bus fails its subscribers. */
export interface BusFaults {
  /** How likely an event is lost. */
  readonly loses?: number;
  /** Loses every so many-th event of each subscription. */
  readonly losesEvery?: number;
  /** How likely an event comes twice. */
  readonly repeats?: number;
  /** How late an event comes at most, in ms; the order is kept. */
  readonly delayMs?: Millis;
}

/**
 * A bus that loses, repeats and delays what its subscribers get. It declares `at-most-once` when it loses anything,
 * so that a matchmaker asks the store besides.
 */
export function faultyBus(
  bus: EventBus,
  faults: BusFaults,
  { clock, rng }: { readonly clock: Clock; readonly rng: Rng },
): EventBus {
  const { loses = 0, losesEvery = Infinity, repeats = 0, delayMs = 0 } = faults;
  const mayLose = loses > 0 || losesEvery < Infinity;
  const wrapped = (handler: BusHandler): BusHandler => {
    let count = 0;
    let latest = -Infinity;
    const kept = (event: BusEvent): BusEvent[] => {
      if (++count % losesEvery === 0 || rng.chance(loses)) return [];
      return rng.chance(repeats) ? [event, event] : [event];
    };
    return (events) => {
      const delivered = events.flatMap(kept);
      if (delayMs === 0) return handler(delivered);
      latest = Math.max(latest, clock.now() + rng.int(0, delayMs));
      // Taken is delivered, here: who repeats and delays does not wait for an acknowledgement.
      clock.at(latest, () => void handler(delivered));
      return undefined;
    };
  };
  return {
    delivery: mayLose ? "at-most-once" : bus.delivery,
    publish: (events, options) => bus.publish(events, options),
    subscribe: (handler, options) => bus.subscribe(wrapped(handler), options),
  };
}
