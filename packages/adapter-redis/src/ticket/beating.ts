import type { Millis } from "@evenmatch/core";
import type { RedisServer } from "../connection/server.js";
import { BEAT } from "../script/owning.js";
import type { Holding } from "./holding.js";
import type { Keys } from "./keys.js";

/**
 * Says of pools that their owner lives, throws away what it told long ago, and calls `differing` with each of which the
 * store is not what was heard: it has another fence, or lost what it had.
 */
export async function beatPools(
  server: RedisServer,
  keys: Keys,
  { leaseMs, retainMs }: { readonly leaseMs: Millis; readonly retainMs: Millis },
  held: readonly Holding[],
  differing: (holding: Holding) => void,
): Promise<void> {
  const queues = new Map<string, Holding[]>();
  for (const holding of held) {
    const list = queues.get(holding.queue);
    if (list) list.push(holding);
    else queues.set(holding.queue, [holding]);
  }
  const beat = async (queue: string, holdings: readonly Holding[]): Promise<void> => {
    const names = holdings.flatMap(({ place }) => [
      keys.of("pool", queue, place),
      keys.of("changes", queue, place),
    ]);
    const heard = holdings.map(({ seq, link }) => ({ seq, link }));
    const args = holdings.flatMap((holding) => [String(holding.lease.fence), holding.settled()]);
    const stand = (await server.run(BEAT, names, [keys.tag(queue), retainMs, leaseMs, ...args])) as string[];
    for (const [index, holding] of holdings.entries()) {
      const [seq = "", link = ""] = [stand[2 * index], stand[2 * index + 1]];
      if (seq === "" || holding.differs({ seq: Number(seq), link }, heard[index] ?? { seq: 0, link: "" }))
        differing(holding);
    }
  };
  await Promise.all(Array.from(queues, ([queue, holdings]) => beat(queue, holdings)));
}
