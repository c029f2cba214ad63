import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import type { RedisServer } from "@evenmatch/services";
import type { Rng } from "@evenmatch/testkit";
import type { Death } from "./durability.js";

/** How often one looks how much was written, in ms. */
export const SAMPLE: Millis = 50;
/** How long one waits for something to lose at most, in ms. */
export const PATIENCE: Millis = 10_000;

/**
 * Kills a server with −9. That alone loses nothing that it wrote: the pages are with the operating system, which lives
 * on. What dies with the machine is lost by {@link loseTail}.
 */
export async function killServer(server: Pick<RedisServer, "kill">): Promise<Death> {
  const after = Date.now();
  await server.kill();
  return { after, before: Date.now() };
}

/** What a server is to lose. */
export interface Tail {
  /** How long it is. */
  readonly tailMs: Millis;
  /** So much of its end does not count, because nobody promised it; none when left out. */
  readonly excusedMs?: Millis;
  /** How long one waits at most when it is long enough, but nothing is in what counts; {@link PATIENCE} when left out. */
  readonly patienceMs?: Millis;
}

/**
 * What a failure of the power leaves of a log that is put on the disk now and then: it ends at an instant of the past,
 * in the middle of an entry. The server goes on for so many ms, answers for what it does, and dies; then the file is
 * cut to a few bytes more than it had so many ms before, and not earlier: waiting may have taken longer. It dies later
 * where nothing has come yet.
 *
 * @throws Error when nothing is written in all that time and `patienceMs` more: nothing can be lost then.
 */
export async function loseTail(
  server: Pick<RedisServer, "logSize" | "kill" | "loseLog">,
  { tailMs, excusedMs = 0, patienceMs = PATIENCE }: Tail,
  rng: Rng,
): Promise<Death> {
  const sizes: { readonly at: Millis; readonly size: number }[] = [];
  const sizeAt = (instant: Millis): number => sizes.find(({ at }) => at >= instant)!.size;
  const began = Date.now();
  let at: Millis;
  for (;;) {
    at = Date.now();
    sizes.push({ at, size: await server.logSize() });
    const isLong = at >= began + tailMs;
    if (isLong && sizeAt(at - excusedMs) > sizeAt(at - tailMs)) break;
    if (at >= began + tailMs + patienceMs) break;
    await pause(Math.min(SAMPLE, tailMs / 4));
  }
  const { before } = await killServer(server);
  const kept = sizeAt(at - tailMs);
  const tail = (await server.logSize()) - kept;
  if (tail <= 0) throw new Error(`nothing was written in ${tailMs} ms: there is no tail to lose`);
  await server.loseLog({ after: kept + rng.int(0, Math.min(tail - 1, 40)) });
  // From the look that the tail was measured at: between it and the end may be more than the tail is long.
  return { after: at, before };
}

/**
 * What a failure of the power may leave of a log that is on the disk before each answer: all of it, and half of an
 * entry that was just being written and that nobody has been answered for.
 */
export async function tearLog(server: RedisServer): Promise<void> {
  // From Redis 7 it is one of several files in a folder, before that the only one.
  const data = join(server.directory, "data");
  const files = await readdir(data, { recursive: true });
  const file = files.find((name) => /\.incr\.aof$|^appendonly\.aof$/.test(name));
  if (file === undefined) throw new Error("the server keeps no log");
  await appendFile(join(data, file), "*3\r\n$5\r\nHSETN");
}
