import type { BusEvent, EventType } from "./event.js";

/** Events that matchmakers on other processes need: always on the bus. */
export const NEEDED_BY_OTHERS: readonly EventType[] = [
  "match.claimed",
  "match.answered",
  "match.settled",
  "ticket.left",
  "ticket.expired",
  "ticket.released",
];

/** True for a claim that asks nobody: there is nothing to do about it until the match is settled. */
export function isIdle(event: BusEvent): boolean {
  return event.type === "match.claimed" && event.data.match.acceptBy === undefined;
}
