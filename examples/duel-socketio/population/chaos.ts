import type { Rng } from "@evenmatch/testkit";
import type { Cluster } from "../cluster/cluster.js";
import { pause } from "./pause.js";

/** The part of an evening in which processes are killed: players are there, and time is left to see it through. */
const FROM = 0.1;
const UNTIL = 0.9;

/** How often a process is tried that is down already, in ms. */
const AGAIN = 100;

/**
 * Kills one process after the other with -9, spread over the evening, and each of them before one is killed again.
 * Whoever is killed starts again by itself. Resolves with the names of who was killed when all are up again.
 */
export async function killSome(
  cluster: Cluster,
  { kills, seconds }: { readonly kills: number; readonly seconds: number },
  rng: Rng,
  say: (text: string) => void,
): Promise<string[]> {
  const names = cluster.members.map(({ name }) => name);
  const victims: string[] = [];
  const span = (seconds * 1_000 * (UNTIL - FROM)) / Math.max(1, kills);
  await pause(seconds * 1_000 * FROM);
  while (victims.length < kills) {
    for (const name of rng.shuffle(names).slice(0, kills - victims.length)) {
      const early = span * rng.float();
      await pause(early);
      while (!cluster.kill(name)) await pause(AGAIN);
      victims.push(name);
      say(`${name} is killed`);
      await pause(span - early);
    }
  }
  await cluster.ready();
  return victims;
}
