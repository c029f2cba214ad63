import type { Clock, Millis } from "@evenmatch/core";
import type { BatchCall } from "./driver.js";
import { isForgotten, isRebalancing } from "./failures.js";

/**
 * Does work while the member's heartbeats go out, which the driver does not do by itself meanwhile.
 *
 * @param onLost told once, when the brokers answer that the group is shared out anew, or has forgotten this member; a
 *   heartbeat that has no answer says nothing of it
 */
export async function keepAlive<T>(
  { heartbeat }: Pick<BatchCall, "heartbeat">,
  { clock, everyMs, onLost }: { clock: Clock; everyMs: Millis; onLost?: () => void },
  work: () => T | Promise<T>,
): Promise<T> {
  let [isOver, isLost] = [false, false];
  let cancel = (): void => {};
  const beat = async (): Promise<void> => {
    try {
      await heartbeat();
    } catch (error) {
      const forgotten = isForgotten(error);
      if (!isOver && !isLost && (forgotten || isRebalancing(error))) {
        isLost = true;
        onLost?.();
      }
      // Who is waited for, or was not heard, has to go on saying that it is there.
      if (forgotten) return;
    }
    if (!isOver) plan();
  };
  const plan = (): void => {
    cancel = clock.at(clock.now() + everyMs, () => void beat());
  };
  plan();
  try {
    return await work();
  } finally {
    isOver = true;
    cancel();
  }
}
