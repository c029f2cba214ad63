import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import type { RedisServer } from "@evenmatch/services";
import type { Rng } from "@evenmatch/testkit";
import type { Death } from "./durability.js";

/** How often one looks how much was written, in ms. */
export const SAMPLE: Millis = 50;
/** How long a server may be without anything to write before it dies with what it has written, in ms. */
const QUIET: Millis = 200;
/** How long one waits for something to lose at most, in ms. */
export const PATIENCE: Millis = 10_000;

/**
 * Kills a server with −9. That alone loses nothing that it wrote: the pages are with the operating system, which lives
 * on. What dies with the machine is lost by {@link loseTail}.
 */
export async function killServer(server: RedisServer): Promise<Death> {
  const after = Date.now();
  await server.kill();
  return { after, before: Date.now() };
}

/**
 * What a failure of the power leaves of a log that is put on the disk now and then: it ends at an instant of the past,
 * in the middle of an entry. The server goes on for so many ms, answers for what it does, and dies; then the file is
 * cut to a few bytes more than it had so many ms before, and not earlier: waiting may have taken longer. It dies sooner
 * where nothing more comes, and later where nothing has come yet.
 *
 * @throws Error when nothing is written in all that time and `patienceMs` more: nothing can be lost then.
 */
export async function loseTail(
  server: RedisServer,
  tailMs: Millis,
  rng: Rng,
  patienceMs: Millis = PATIENCE,
): Promise<Death> {
  const sizes: { readonly at: Millis; readonly size: number }[] = [];
  const began = Date.now();
  let grewAt = began;
  for (;;) {
    const at = Date.now();
    const size = await server.logSize();
    if (size > (sizes.at(-1)?.size ?? size)) grewAt = at;
    sizes.push({ at, size });
    const hasTail = size > sizeAt(at - tailMs);
    const isLong = at >= began + tailMs;
    if (hasTail && (isLong || at - grewAt >= QUIET)) break;
    if (at >= began + tailMs + patienceMs) break;
    await pause(Math.min(SAMPLE, tailMs / 4));
  }
  const death = await killServer(server);
  const kept = sizeAt(death.after - tailMs);
  const tail = (await server.logSize()) - kept;
  if (tail <= 0) throw new Error(`nothing was written in ${tailMs} ms: there is no tail to lose`);
  await server.loseLog({ after: kept + rng.int(0, Math.min(tail - 1, 40)) });
  return death;

  function sizeAt(instant: Millis): number {
    return sizes.find(({ at }) => at >= instant)?.size ?? Infinity;
  }
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
