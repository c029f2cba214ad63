import { unlessAborted } from "../abort.js";
import type { Outcomes } from "../life.js";
import type { Ticket } from "./ticket.js";

/** Waits for a join that the caller may give up: whatever it made leaves then. */
export async function orLeave(
  joining: Promise<Outcomes["join"]>,
  { id }: Ticket,
  signal: AbortSignal | undefined,
  leave: (ticketId: string) => Promise<unknown>,
): Promise<Outcomes["join"]> {
  if (!signal) return joining;
  try {
    return await unlessAborted(joining, signal);
  } catch (error) {
    if (signal.aborted) {
      const isOurs = ({ type }: Outcomes["join"]): boolean => type === "added" || type === "same";
      joining
        .then((outcome) => ("ticket" in outcome && isOurs(outcome) ? leave(outcome.ticket.id) : undefined))
        // Nobody knows whether it made one.
        .catch(() => leave(id))
        .catch(() => {});
    }
    throw error;
  }
}
