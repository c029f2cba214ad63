import type { Rng } from "@evenmatch/testkit";
import type { Cluster } from "../cluster/cluster.js";
import { now } from "../src/time.js";
import { pause } from "./pause.js";

/** The part of an evening in which processes are killed: players are there, and time is left to see it through. */
const FROM = 0.1;
const UNTIL = 0.9;

/** How long all may take to be up again, in ms. */
const PATIENCE = 120_000;

/**
 * Kills one process after the other with -9, spread over the evening, each of them before one is killed again, and
 * none while another one is still down. Whoever is killed starts again by itself. Resolves with the names of who was
 * killed when all are up again; on a machine that is slow to start processes these are fewer than was asked for.
 */
export async function killSome(
  cluster: Cluster,
  { kills, seconds }: { readonly kills: number; readonly seconds: number },
  rng: Rng,
  say: (text: string) => void,
): Promise<string[]> {
  const names = cluster.members.map(({ name }) => name);
  const victims: string[] = [];
  const start = now();
  const span = (seconds * 1_000 * (UNTIL - FROM)) / Math.max(1, kills);
  const end = start + seconds * 1_000 * UNTIL;
  let turn: string[] = [];
  for (let count = 0; count < kills; count++) {
    const due = start + seconds * 1_000 * FROM + (count + rng.float()) * span;
    await pause(Math.max(0, due - now()));
    await within(cluster.ready());
    if (now() > end) break;
    if (turn.length === 0) turn = rng.shuffle(names);
    const name = turn.pop()!;
    cluster.kill(name);
    victims.push(name);
    say(`${name} is killed`);
  }
  await within(cluster.ready());
  return victims;
}

/** Fails loudly rather than never. */
async function within(ready: Promise<void>): Promise<void> {
  const isUp = new AbortController();
  const tooLong = pause(PATIENCE, isUp.signal).then(() => {
    throw new Error(`a process that was killed is not up again after ${PATIENCE / 1_000} s`);
  });
  await Promise.race([ready, tooLong]).finally(() => isUp.abort());
}
