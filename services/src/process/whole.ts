import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, rmdir, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Who holds the lock says so this often; who has not said so for long is taken for dead. In ms. */
const SIGN_OF_LIFE = 2_000;
const DEAD = 20_000;

const LOOK_AGAIN = 100;

/**
 * Makes a directory that is there whole or not at all, however many processes want it at once and whichever of them
 * is killed. What is there already is left as it is.
 *
 * 1. The work is done in a directory of its own, and moved to its place when all of it is there. That alone makes
 *    it safe; who finds the place taken throws his own work away.
 * 2. A lock beside it sees to it that, as a rule, one process works, for all directories with the same parent, and
 *    the others wait. It holds the work, so that it goes with the lock of somebody who died.
 *
 * @param make fills the empty directory that it is given
 * @throws what `make` throws; nothing is left then
 */
export async function makeWhole(place: string, make: (dir: string) => Promise<void>): Promise<void> {
  const lock = join(dirname(place), "lock");
  await mkdir(dirname(place), { recursive: true });
  while (!(await isThere(place))) {
    const id = randomBytes(6).toString("hex");
    if (await take(lock, id)) await work({ place, lock, id }, make);
    else await wait(lock);
  }
}

interface Held {
  place: string;
  lock: string;
  /** The name of the directory within the lock in which the work is done. */
  id: string;
}

/** A lock with one's work in it, or nothing: a directory cannot be moved to where another is that holds something. */
async function take(lock: string, id: string): Promise<boolean> {
  const mine = `${lock}.${id}`;
  await mkdir(join(mine, id), { recursive: true });
  try {
    await rename(mine, lock);
    return true;
  } catch (error) {
    await rm(mine, { recursive: true });
    if (isTaken(error)) return false;
    throw error;
  }
}

async function work({ place, lock, id }: Held, make: (dir: string) => Promise<void>): Promise<void> {
  const dir = join(lock, id);
  const alive = setInterval(() => void touch(lock), SIGN_OF_LIFE);
  try {
    // Somebody may have been done between the look and the lock.
    if (await isThere(place)) return;
    await make(dir);
    await rename(dir, place);
  } catch (error) {
    // Who was slow enough to be taken for dead has lost his work, and looks again.
    const isLost = !(await isThere(dir));
    if (!isLost && !isTaken(error)) throw error;
  } finally {
    clearInterval(alive);
    await rm(dir, { recursive: true, force: true });
    // It may be somebody else's by now, and holds his work then.
    await rmdir(lock).catch(() => {});
  }
}

async function wait(lock: string): Promise<void> {
  const seen = await stat(lock).catch(() => undefined);
  if (seen === undefined) return;
  if (Date.now() - seen.mtimeMs < DEAD) {
    await sleep(LOOK_AGAIN);
    return;
  }
  const left = `${lock}.${randomBytes(6).toString("hex")}`;
  await rename(lock, left).catch(() => {});
  await rm(left, { recursive: true, force: true });
}

async function touch(lock: string): Promise<void> {
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isTaken(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "");
}
