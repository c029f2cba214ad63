import type { Config } from "../config.js";
import type { SharedStores } from "./stores.js";

/** Connects to what the configuration names, without a word to the driver of anything else; undefined where it is nothing. */
export async function openStores(config: Config): Promise<SharedStores | undefined> {
  const { databaseUrl, redisUrl } = config;
  if (databaseUrl !== undefined) {
    const { openDatabase } = await import("../database/open.js");
    return openDatabase(config, databaseUrl);
  }
  if (redisUrl !== undefined) {
    const { openRedis } = await import("../redis/open.js");
    return openRedis(config, redisUrl);
  }
  return undefined;
}
