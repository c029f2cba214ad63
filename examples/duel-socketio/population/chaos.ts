import type { Rng } from "@evenmatch/testkit";
import type { Cluster } from "../cluster/cluster.js";
import type { Evening } from "./evening.js";
import { pause } from "./pause.js";

/** How many more have to be told of a match before the next process is killed: players are there, and work is done. */
const BETWEEN = 15;

/** How long all may take to be up again, in ms. */
const PATIENCE = 120_000;

export interface Chaos {
  readonly evening: Evening;
  readonly rng: Rng;
  /** Who was killed, as far as it has come. */
  readonly killed: string[];
}

/**
 * Kills one process after the other with -9, a worker and one that talks to players by turns, each of them before one
 * is killed again, and none while another one is still down or before all have played on for a while. Whoever is
 * killed starts again by itself. Resolves when all are up again: when so many were killed, or the evening is over.
 */
export async function killSome(
  cluster: Cluster,
  kills: number,
  { evening, rng, killed }: Chaos,
  say: (text: string) => void,
): Promise<void> {
  const turns = { api: [] as string[], worker: [] as string[] };
  let role = rng.pick(["api", "worker"] as const);
  for (let told = 0; killed.length < kills; told = evening.sum("matches")) {
    await within(cluster.ready());
    await evening.until(() => evening.sum("matches") >= told + BETWEEN);
    if (evening.over.aborted) break;
    if (turns[role].length === 0) {
      const all = cluster.members.filter((member) => member.role === role);
      turns[role] = rng.shuffle(all.map(({ name }) => name));
    }
    const name = turns[role].pop()!;
    cluster.kill(name);
    killed.push(name);
    say(`${name} is killed`);
    role = role === "api" ? "worker" : "api";
  }
  await within(cluster.ready());
}

/** Fails loudly rather than never. */
async function within(ready: Promise<void>): Promise<void> {
  const isUp = new AbortController();
  const tooLong = pause(PATIENCE, isUp.signal).then(() => {
    throw new Error(`a process that was killed is not up again after ${PATIENCE / 1_000} s`);
  });
  await Promise.race([ready, tooLong]).finally(() => isUp.abort());
}
