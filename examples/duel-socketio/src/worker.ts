import { Matchmaker } from "@evenmatch/core";
import type { Config } from "./config.js";
import { queuesWith, type DuelQueues } from "./queues.js";
import type { SharedStores } from "./shared/stores.js";
import { after } from "./time.js";

/** A process that runs pools, and knows nothing of players and sockets. */
export interface Worker {
  close(): Promise<void>;
}

/** How long it is waited for more pools to come or go before their number is said, in ms. */
const SETTLED = 500;

/** Says how many pools this worker runs, whenever that has changed. */
function sayPools(matchmaker: Matchmaker<DuelQueues>, name: string): void {
  let cancel = (): void => {};
  const say = (): void => {
    cancel();
    cancel = after(SETTLED, () => console.log(`${name} runs ${matchmaker.health().pools} pools`));
  };
  matchmaker.on("pool.gained", say);
  matchmaker.on("pool.lost", say);
}

/** Starts a worker on stores that it closes with itself. */
export async function startWorker(config: Config, stores: SharedStores): Promise<Worker> {
  const matchmaker = new Matchmaker({ queues: queuesWith(config), ...stores.ports });
  matchmaker.on("error", ({ data }) => console.error(data.error));
  if (config.showFinalState)
    matchmaker.on("match.settled", ({ data }) => stores.noteClaim(data.match.id, config.name));
  sayPools(matchmaker, config.name);
  try {
    await matchmaker.start();
  } catch (error) {
    await matchmaker.close();
    await stores.close();
    throw error;
  }
  return {
    async close() {
      await matchmaker.close();
      await stores.close();
    },
  };
}
