import { EvenmatchError } from "@evenmatch/core";
import { missedEvents, refusedEvent } from "@evenmatch/core/adapter";

/** Events were gone before they were read. */
export function missed(who: string): EvenmatchError {
  return missedEvents(
    who,
    "events are read while the server keeps them: the newest `maxLength`, as far as it lost none",
  );
}

/** A subscriber of a bus that keeps nothing was too slow. */
export function overrun(kept: number): EvenmatchError {
  return new EvenmatchError("LISTENER_TOO_SLOW", {
    rule: `at most ${kept} events wait for a handler`,
    remedy: "The oldest were left out; do the work outside the handler, or use at-least-once delivery.",
  });
}

/** A handler could not be done with an event, and the others go on. */
export function refused(who: string, id: string, reason: unknown): EvenmatchError {
  return refusedEvent({ who, place: { id }, reason, aside: "the stream `…:aside`" });
}

/** A handler rejected what is not delivered again. */
export function dropped(reason: unknown): EvenmatchError {
  return new EvenmatchError("LISTENER_FAILED", {
    rule: "a handler is done with its events: an at-most-once bus does not deliver them again",
    received: String(reason),
    remedy: "Those behind them are delivered; mend the handler.",
    cause: reason,
  });
}
