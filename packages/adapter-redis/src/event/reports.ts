import { EvenmatchError, type BusEvent, type Clock } from "@evenmatch/core";
import { asEvenmatchError } from "@evenmatch/core/adapter";
import { TRIES } from "./attempts.js";

/** What is told of the same kind again is told once in so many ms. */
const SILENCE = 60_000;

/** Tells of what no caller can be told of. */
export class Reports {
  readonly #onError: (error: EvenmatchError) => void;
  readonly #clock: Clock;
  readonly #outages = new Set<string>();
  readonly #silentUntil = new Map<string, number>();

  constructor(onError: ((error: EvenmatchError) => void) | undefined, clock: Clock) {
    this.#onError = onError ?? ((error) => process.emitWarning(error));
    this.#clock = clock;
  }

  tell(error: EvenmatchError): void {
    try {
      this.#onError(error);
    } catch (cause) {
      process.emitWarning(cause as Error);
    }
  }

  /** Something fails, and is tried again: told when it begins. */
  failed(what: string, cause: unknown): void {
    if (this.#outages.has(what)) return;
    this.#outages.add(what);
    this.tell(
      asEvenmatchError(cause, "STORE_UNAVAILABLE", {
        rule: "the bus does what it set out to do",
        remedy: "It is tried again.",
        retryable: true,
      }),
    );
  }

  /** It works again. */
  works(what: string): void {
    this.#outages.delete(what);
  }

  /** Told once a minute at most. */
  seldom(what: string, error: () => EvenmatchError): void {
    const now = this.#clock.now();
    if (now < (this.#silentUntil.get(what) ?? -Infinity)) return;
    this.#silentUntil.set(what, now + SILENCE);
    this.tell(error());
  }

  /** An error as an event, for handlers that have to hear of it in its place. */
  asEvent(error: EvenmatchError): BusEvent {
    return { v: 1, type: "error", at: this.#clock.now(), pool: undefined, seq: 0, data: { error } };
  }
}

/** Events were gone before they were read. */
export function missed(who: string): EvenmatchError {
  return new EvenmatchError("LISTENER_TOO_SLOW", {
    rule: "events are read while the server keeps them: the newest `maxLength`, as far as it lost none",
    received: who,
    remedy: "What was missed is gone: ask the stores for what matters, and see what kept this process.",
  });
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
  return new EvenmatchError("LISTENER_FAILED", {
    rule: `${who} is done with an event within ${TRIES} tries`,
    received: { id, reason: String(reason) },
    remedy:
      "Those behind it are delivered; mend the handler. What a group refused stands in the stream `…:aside`.",
    cause: reason,
  });
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

/** Text of another version. */
export function unknownEvent(id: string, text: string): EvenmatchError {
  return new EvenmatchError("INVALID_REQUEST", {
    rule: "an event is of a version that this release knows",
    received: { id, text },
    remedy: "It was left out, and those behind it are delivered; update this process.",
  });
}
