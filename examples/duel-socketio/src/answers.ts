import { EvenmatchError, type Estimate, type Explanation } from "@evenmatch/core";
import type { EstimateView, ExplanationView } from "./protocol.js";
import { now } from "./time.js";

/** Codes of the library for a question that has no answer just now. */
const UNANSWERABLE: readonly string[] = ["NOT_AVAILABLE", "NO_OWNER", "TICKET_UNKNOWN"];

/** What the matchmaker answers, or null where there is nothing to say. */
export async function answerOf<Answer>(asking: Promise<Answer>): Promise<Answer | null> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof EvenmatchError && UNANSWERABLE.includes(error.code)) return null;
    throw error;
  }
}

/** An explanation names tickets of others: of those a player learns the distance alone. */
export function explanationViewOf({
  ticketId,
  nearest,
  group,
  blockedBy,
  givesWayAt,
}: Explanation): ExplanationView {
  return {
    ticketId,
    nearest: nearest.map(({ ratingGap }) => ratingGap),
    group: group.length,
    blockedBy: blockedBy.map(({ rule, limit, value }) => ({
      rule,
      limit: finite(limit),
      value: finite(value),
    })),
    givesWayInMs: finite(Math.max(0, givesWayAt - now())),
  };
}

export function estimateViewOf({ p50, p90, observed, basis, held }: Estimate): EstimateView {
  return { p50Ms: finite(p50), p90Ms: finite(p90), observed, basis, held: held ?? null };
}

/** JSON knows no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
