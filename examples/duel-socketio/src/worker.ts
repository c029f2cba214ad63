import { Matchmaker } from "@evenmatch/core";
import type { Config } from "./config.js";
import { noteClaims } from "./database/claims.js";
import { openDatabase } from "./database/open.js";
import { queuesWith, type DuelQueues } from "./queues.js";
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

/** Starts a worker; rejects when the database cannot be reached. */
export async function startWorker(config: Config): Promise<Worker> {
  const database = await openDatabase(config);
  const matchmaker = new Matchmaker({ queues: queuesWith(config), ...database.ports });
  matchmaker.on("error", ({ data }) => console.error(data.error));
  if (config.showFinalState) noteClaims(matchmaker, database.pool, config.name);
  sayPools(matchmaker, config.name);
  try {
    await matchmaker.start();
  } catch (error) {
    await matchmaker.close();
    await database.close();
    throw error;
  }
  return {
    async close() {
      await matchmaker.close();
      await database.close();
    },
  };
}
