import type { Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import type { ReleaseReason } from "../life.js";
import type { Match } from "../match/match.js";
import { check } from "../options.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { EVENT, type EventType, type LifeEvent } from "./event.js";

/** What a process hears of the tickets that it joined or watches. */
export interface TicketEvents<P extends Player = Player> {
  /** The match is settled. Once per process and match. */
  match: Match<P>;
  /** The match asks its players to accept until `acceptBy`. */
  readyCheck: Match<P>;
  /** A player answered the ready check. */
  answered: { readonly matchId: string; readonly playerId: string; readonly accepted: boolean };
  /** The ticket is back to waiting, its place unchanged. */
  released: { readonly ticket: Ticket<P>; readonly matchId: string; readonly reason: ReleaseReason };
  /** The ticket ended without a match. */
  ended: {
    readonly ticket: Ticket<P>;
    readonly state: "left" | "expired";
    readonly reason: "left" | "expired" | ReleaseReason;
  };
}

/** The names of those that tell of tickets. */
const HEARD = /^(match|readyCheck|answered|released|ended)$/;

/**
 * Every event of a matchmaker, with its one payload. The first five are told in the process that joined or watches
 * the ticket, the others in the process that runs the pool.
 */
export type EventMap<P extends Player = Player> = TicketEvents<P> & {
  [Type in EventType]: LifeEvent<Type, P>;
};

const NOBODY: readonly never[] = [];

/**
 * Typed events whose listeners cannot hurt: one that throws or rejects is reported as an `error` event, and the
 * others are called all the same. Errors that nobody listens to go to the console.
 */
export class Emitter<P extends Player> {
  /** Lists that are never changed in place: who adds listeners while being told starts with the next event. */
  readonly #listeners = new Map<keyof EventMap, readonly ((payload: never) => void)[]>();

  /** Returns what removes the listener. Throws `INVALID_OPTIONS` for no event, and for what cannot be called. */
  on<Type extends keyof EventMap<P>>(
    type: Type,
    listener: (payload: EventMap<P>[Type]) => unknown,
  ): () => void {
    const isEvent = typeof type === "string" && (HEARD.test(type) || EVENT.test(type));
    check(isEvent, "an event", "one of EventMap", type);
    check(typeof listener === "function", "a listener", "a function", listener);
    const guarded = (payload: EventMap<P>[Type]): void => {
      try {
        const result = listener(payload);
        if (result instanceof Promise) result.catch((cause: unknown) => this.#failed(type, cause));
      } catch (cause) {
        this.#failed(type, cause);
      }
    };
    this.#listeners.set(type, [...this.#of(type), guarded]);
    return () => {
      const others = this.#of(type).filter((one) => one !== guarded);
      this.#listeners.set(type, others);
    };
  }

  hears(type: keyof EventMap<P>): boolean {
    return this.#of(type).length > 0;
  }

  emit<Type extends keyof EventMap<P>>(type: Type, payload: EventMap<P>[Type]): void {
    for (const listener of this.#of(type)) listener(payload as never);
    if (type === "error" && !this.hears(type)) console.error((payload as LifeEvent<"error">).data.error);
  }

  /** An error that no caller can be told of. */
  report(error: EvenmatchError, at: Millis): void {
    const event: LifeEvent<"error"> = { v: 1, type: "error", at, pool: undefined, seq: 0, data: { error } };
    this.emit("error", event as EventMap<P>["error"]);
  }

  close(): void {
    this.#listeners.clear();
  }

  #of(type: keyof EventMap<P>): readonly ((payload: never) => void)[] {
    return this.#listeners.get(type) ?? NOBODY;
  }

  #failed(type: keyof EventMap<P>, cause: unknown): void {
    const error = new EvenmatchError("LISTENER_FAILED", {
      rule: `a listener to "${type as string}" does not throw`,
      remedy: "Everyone else was told; mend the listener.",
      cause,
    });
    // A failing error listener is not told of its own failure, which would never end.
    if (type === "error") console.error(error);
    else this.report(error, 0);
  }
}
