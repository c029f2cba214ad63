import { setTimeout as pause } from "node:timers/promises";
import type { TcpProxy } from "@evenmatch/services";
import type { Rng } from "@evenmatch/testkit";

/** The faults of a network between a server process and its store. */
export const NETWORK_FAULTS = ["cut", "lose-answer", "delay", "stall", "half-open"] as const;

/** How long an answer is waited for that could be lost, in ms. */
const PATIENCE = 3_000;

/**
 * Strikes the connections of a server process; resolves when all is well again. Without a proxy there is nothing to
 * strike: the process is gone.
 *
 * @throws Error for a kind that is none of {@link NETWORK_FAULTS}.
 */
export async function strikeProxy(kind: string, proxy: TcpProxy | undefined, rng: Rng): Promise<void> {
  switch (kind) {
    case "cut":
      return void proxy?.cut();
    case "lose-answer":
      // A process that asks for nothing more, or dies, loses none.
      return Promise.race([proxy?.loseAnswer(), pause(PATIENCE)]);
    case "delay":
      proxy?.delay(rng.int(20, 300));
      return restored(proxy, rng.int(500, 2_000));
    case "stall":
      proxy?.stall();
      return restored(proxy, rng.int(500, 3_500));
    case "half-open":
      proxy?.halfOpen();
      return restored(proxy, rng.int(500, 3_500));
    default:
      throw new Error(`there is no fault ${kind}`);
  }
}

async function restored(proxy: TcpProxy | undefined, afterMs: number): Promise<void> {
  await pause(afterMs);
  await proxy?.restore();
}
