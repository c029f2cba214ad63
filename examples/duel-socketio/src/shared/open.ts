import type { Config } from "../config.js";
import type { SharedStores } from "./stores.js";

/** Connects to what the configuration names, without a word to the driver of the other; undefined where it names none. */
export async function openStores(config: Config): Promise<SharedStores | undefined> {
  if (config.databaseUrl === undefined) return undefined;
  const { openDatabase } = await import("../database/open.js");
  return openDatabase(config, config.databaseUrl);
}
