import { EvenmatchError, type Millis } from "@evenmatch/core";
import type { Argument } from "./driver.js";
import type { Line } from "./line.js";
import { invalid, wholeMillis } from "./options.js";

/** How many replicas must have what a call did before it is acknowledged. */
export interface Replicas {
  readonly atLeast: number;
  /** How long to wait for them, in ms; with fewer by then, the outcome of the call is not known. */
  readonly timeoutMs: Millis;
}

/** Checks an option; throws `INVALID_OPTIONS`. */
export function checkedReplicas(replicas: Replicas | undefined): Replicas | undefined {
  if (replicas === undefined) return undefined;
  const { atLeast, timeoutMs } = replicas;
  if (!Number.isSafeInteger(atLeast) || atLeast < 1)
    throw invalid(
      "replicas.atLeast is a whole number from 1",
      atLeast,
      "Leave `replicas` out to wait for none.",
    );
  return { atLeast, timeoutMs: wholeMillis("replicas.timeoutMs", timeoutMs, 1) };
}

/**
 * Sends a command, and waits until enough replicas have what it did, and all that was done before it. What waits
 * has a connection of its own. A call that changes nothing, because it was sent before, writes something as well:
 * otherwise the server would wait for what this connection wrote last.
 *
 * @param mark a key on the same server, which says nothing
 */
export async function acknowledged(
  line: Line,
  command: readonly [string, ...Argument[]],
  mark: string,
  { atLeast, timeoutMs }: Replicas,
): Promise<unknown> {
  const written = ["set", mark, "1", "PX", 60_000] as const;
  const [reply, , count] = await line.all([command, written, ["wait", atLeast, timeoutMs]], timeoutMs);
  if (Number(count) >= atLeast) return reply;
  throw new EvenmatchError("STORE_UNAVAILABLE", {
    rule: `at least ${atLeast} replicas have what a call did within ${timeoutMs} ms`,
    received: Number(count),
    remedy: "It may stand all the same. Look after the replicas; the same call may be sent again.",
    retryable: true,
  });
}
