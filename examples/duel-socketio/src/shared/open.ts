import type { Config } from "../config.js";
import type { SharedStores } from "./stores.js";

/** Something that the configuration names cannot be used. */
export class UnusableError extends Error {
  override readonly name = "UnusableError";

  constructor(what: string, cause: unknown) {
    super(`${what} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * Connects to what the configuration names, without a word to the driver of anything else; undefined where it is nothing.
 * Rejects with an {@link UnusableError}.
 */
export async function openStores(config: Config): Promise<SharedStores | undefined> {
  const { databaseUrl, redisUrl, kafkaBrokers } = config;
  if (redisUrl !== undefined)
    return usable("The Redis of REDIS_URL", async () => {
      const { openRedis } = await import("../redis/open.js");
      return openRedis(config, redisUrl);
    });
  if (databaseUrl === undefined) return undefined;
  const { openDatabase, openTables } = await import("../database/open.js");
  const ofDatabase = "The database of DATABASE_URL";
  if (kafkaBrokers === undefined) return usable(ofDatabase, () => openDatabase(config, databaseUrl));
  const tables = await usable(ofDatabase, () => openTables(config, databaseUrl));
  return usable("The Kafka of KAFKA_BROKERS", async () => {
    const { openKafka } = await import("../kafka/open.js");
    return openKafka(config, kafkaBrokers, tables);
  }).catch(async (error: unknown) => {
    await tables.close();
    throw error;
  });
}

function usable<Opened>(what: string, open: () => Promise<Opened>): Promise<Opened> {
  return open().catch((error: unknown) => {
    throw new UnusableError(what, error);
  });
}
