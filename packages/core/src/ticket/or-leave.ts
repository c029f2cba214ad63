import { unlessAborted } from "../abort.js";
import type { Outcomes } from "../life.js";

/** Waits for a join that the caller may give up: whatever it made leaves then. */
export async function orLeave(
  joining: Promise<Outcomes["join"]>,
  ticketId: string,
  signal: AbortSignal,
  leave: (ticketId: string) => Promise<unknown>,
): Promise<Outcomes["join"]> {
  try {
    return await unlessAborted(joining, signal);
  } catch (error) {
    if (signal.aborted) {
      const isOurs = ({ type }: Outcomes["join"]): boolean => type === "added" || type === "same";
      joining
        .then((outcome) => ("ticket" in outcome && isOurs(outcome) ? leave(outcome.ticket.id) : undefined))
        // Nobody knows whether it made one.
        .catch(() => leave(ticketId))
        .catch(() => {});
    }
    throw error;
  }
}
