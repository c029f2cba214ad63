import type { Clock, Millis } from "@evenmatch/core";
import type { BatchCall } from "./driver.js";
import { isRebalancing } from "./failures.js";

/**
 * Does work while the member's heartbeats go out, which the driver does not do by itself meanwhile.
 *
 * @param onLost told once, when a heartbeat fails: the group is shared out anew, or has forgotten this member
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
      if (!isOver && !isLost) onLost?.();
      isLost = true;
      // Who is waited for has to go on saying that it is there.
      if (!isRebalancing(error)) return;
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
