import type { Clock, Millis } from "../clock.js";
import { asEvenmatchError, EvenmatchError } from "../errors.js";
import type { BusEvent } from "../event/event.js";
import { HANDLER_TRIES } from "./attempts.js";

/** What is told of the same kind again is told once in so long. */
const SILENCE: Millis = 60_000;

/** What {@link Reports} tells by. */
export interface ReportsOptions {
  /** The user's; whatever it throws is warned of. `warn` is called when it is left out. */
  readonly onError: ((error: EvenmatchError) => void) | undefined;
  /** The last resort, such as `process.emitWarning`. It must not throw. */
  readonly warn: (error: Error) => void;
  readonly clock: Clock;
}

/** Tells of what no caller can be told of, without telling it all the time. */
export class Reports {
  readonly #onError: (error: EvenmatchError) => void;
  readonly #warn: (error: Error) => void;
  readonly #clock: Clock;
  readonly #outages = new Set<string>();
  readonly #silentUntil = new Map<string, Millis>();

  constructor({ onError, warn, clock }: ReportsOptions) {
    this.#onError = onError ?? warn;
    this.#warn = warn;
    this.#clock = clock;
  }

  /** Tells of it each time. */
  tell(error: EvenmatchError): void {
    try {
      this.#onError(error);
    } catch (cause) {
      this.#warn(
        asEvenmatchError(cause, "LISTENER_FAILED", {
          rule: "`onError` does not throw",
          remedy: "Nobody was told of an error; mend the function.",
        }),
      );
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

/** Events were gone before they were read. `rule` says for how long they are there. */
export function missedEvents(who: string, rule: string): EvenmatchError {
  return new EvenmatchError("LISTENER_TOO_SLOW", {
    rule,
    received: who,
    remedy: "What was missed is gone: ask the stores for what matters, and see what kept this process.",
  });
}

/** What was refused, by whom, and where it went. */
export interface Refusal {
  /** The handler, as a message names it: "a subscriber", "group g". */
  readonly who: string;
  /** The place of the event, in the words of the bus. */
  readonly place: Readonly<Record<string, unknown>>;
  /** What the handler rejected with. */
  readonly reason: unknown;
  /** Where events stand that a group refused. */
  readonly aside: string;
}

/** A handler could not be done with an event within {@link HANDLER_TRIES} tries, and the others go on. */
export function refusedEvent({ who, place, reason, aside }: Refusal): EvenmatchError {
  return new EvenmatchError("LISTENER_FAILED", {
    rule: `${who} is done with an event within ${HANDLER_TRIES} tries`,
    received: { ...place, reason: String(reason) },
    remedy: `Those behind it are delivered; mend the handler. What a group refused stands in ${aside}.`,
    cause: reason,
  });
}

/** Text that is no event, or one of a version that is not known here, at a place in the words of the bus. */
export function unknownEvent(place: Readonly<Record<string, unknown>>, text: string): EvenmatchError {
  return new EvenmatchError("INVALID_REQUEST", {
    rule: "an event is of a version that this release knows",
    received: { ...place, text },
    remedy: "It was left out, and those behind it are delivered; update this process.",
  });
}
