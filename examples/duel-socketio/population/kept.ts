import type { FinalState } from "@evenmatch/testkit";
import { KeptOnKafka } from "./kept-on-kafka.js";
import { KeptInPostgres } from "./kept-in-postgres.js";
import { KeptInRedis } from "./kept-in-redis.js";

/** What several processes keep together, read with the tools of whatever keeps it: nothing of the library is asked. */
export interface Kept {
  finalState(): Promise<FinalState>;
  /** Matches that happened and are not in the record of what was played, or with other players there. */
  unsaved(): Promise<string[]>;
  /** Which worker made each match, as far as it lived to write it down. */
  workers(): Promise<Map<string, string>>;
  close(): Promise<void>;
}

/** Reads what processes with this environment keep. */
export function keptBy(env: Readonly<Record<string, string>>): Kept {
  const { DATABASE_URL: database = "", REDIS_URL: redis, KAFKA_BROKERS: brokers } = env;
  if (redis !== undefined) return new KeptInRedis(redis, env["REDIS_PREFIX"] ?? "duel");
  const tables = new KeptInPostgres(database);
  return brokers === undefined ? tables : new KeptOnKafka(brokers, env["KAFKA_PREFIX"] ?? "duel", tables);
}
