import { ReplyError } from "ioredis";
import { Refusal } from "../refusal.js";

/** An answer of Redis; where there is none, the caller hears that it may come later. */
export async function available<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    // That Redis is away is told once, by the watch; that it refuses something is a fault of ours or of its set-up.
    if (cause instanceof ReplyError) console.error((cause as Error).message);
    throw unavailable(cause);
  }
}

/** What a caller is told while Redis is away. */
export function unavailable(cause?: unknown): Refusal {
  const text = "The queue cannot be reached just now; it goes on by itself.";
  return Object.assign(new Refusal("QUEUE_UNAVAILABLE", text, true), { cause });
}
