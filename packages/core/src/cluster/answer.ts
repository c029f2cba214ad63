import type { Millis } from "../clock.js";
import { asEvenmatchError, type EvenmatchError } from "../errors.js";
import type { MemoryPool } from "../pool/memory-pool.js";
import type { Strategy } from "../strategy/strategy.js";
import type { Answer, Question } from "../ticket/store.js";

/** What an owner answers from its pool; `none` where the strategy cannot say, or fails to. */
export function answerFrom(
  question: Question,
  strategy: Strategy,
  pool: MemoryPool,
  now: Millis,
  onError: (error: EvenmatchError) => void,
): Answer {
  if (question.type !== "explain" || !strategy.explain) return { type: "none" };
  const ticket = pool.get(question.ticketId);
  if (!ticket) return { type: "none" };
  try {
    return { type: "explanation", explanation: strategy.explain(ticket, pool, now) };
  } catch (cause) {
    const details = { rule: "explain does not throw", remedy: "Mend the strategy; matching goes on." };
    onError(asEvenmatchError(cause, "STRATEGY_FAILED", details));
    return { type: "none" };
  }
}
