import type { Millis } from "../clock.js";
import { asEvenmatchError, type EvenmatchError } from "../errors.js";
import type { MemoryPool } from "../pool/memory-pool.js";
import type { Strategy } from "../strategy/strategy.js";
import type { Answer } from "../ticket/store.js";

/** Why a ticket of this pool is not matched yet; `none` where the strategy cannot say, or fails to. */
export function explain(
  ticketId: string,
  strategy: Strategy,
  pool: MemoryPool,
  now: Millis,
  onError: (error: EvenmatchError) => void,
): Answer {
  const ticket = pool.get(ticketId);
  if (!ticket || !strategy.explain) return { type: "none" };
  try {
    return { type: "explanation", explanation: strategy.explain(ticket, pool, now) };
  } catch (cause) {
    const details = { rule: "explain does not throw", remedy: "Mend the strategy; matching goes on." };
    onError(asEvenmatchError(cause, "STRATEGY_FAILED", details));
    return { type: "none" };
  }
}
