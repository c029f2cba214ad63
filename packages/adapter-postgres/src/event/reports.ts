import type { EvenmatchError, Millis } from "@evenmatch/core";
import { missedEvents, refusedEvent } from "@evenmatch/core/adapter";

/** What a process has not read for so long may be cleaned. */
export const AWAY: Millis = 300_000;

/** Events were deleted before they were read. */
export function missed(who: string): EvenmatchError {
  return missedEvents(
    who,
    `events are read before they are cleaned: by a process that is cut off for up to ${AWAY / 60_000} minutes, and within \`retainMs\``,
  );
}

/** A handler could not be done with an event, and the others go on. */
export function refused(who: string, position: number, reason: unknown): EvenmatchError {
  return refusedEvent({ who, place: { position }, reason, aside: "`events_aside`" });
}
