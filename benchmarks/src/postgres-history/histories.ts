import { migrate } from "@evenmatch/adapter-postgres";
import { fillHistory, freshDatabase, startPostgres } from "@evenmatch/services";
import type { Prepared } from "../row.js";

/** How many matches the two histories hold. */
export const FEW = 100_000;
export const MANY = 10_000_000;

/** Everybody plays as much in either: about two hundred matches. */
const EACH = 100;

const SCHEMA = "evenmatch";

/** Where the rows find the histories that were made for them. */
const VARIABLES = { few: "EVENMATCH_HISTORY_FEW", many: "EVENMATCH_HISTORY_MANY" } as const;

/** A history to read. */
export interface History {
  readonly url: string;
  readonly matches: number;
  readonly players: number;
}

/** The history of that name, in the process of a row. */
export function historyOf(name: keyof typeof VARIABLES): History {
  const matches = name === "few" ? FEW : MANY;
  return { url: process.env[VARIABLES[name]] ?? "", matches, players: matches / EACH };
}

/**
 * A server with both histories, made by the server itself, which needs 20 GB and some minutes. Nothing is promised to be
 * on disk: nothing is written while pages are read.
 */
export async function prepareHistories(): Promise<Prepared> {
  const settings = { shared_buffers: "1GB", maintenance_work_mem: "512MB", max_wal_size: "8GB" };
  const server = await startPostgres({ settings });
  const env: Record<string, string> = {};
  for (const name of ["few", "many"] as const) {
    const { url } = await freshDatabase(server);
    const { matches, players } = historyOf(name);
    const started = performance.now();
    await migrate(url);
    await fillHistory(url, { schema: SCHEMA, matches, players });
    const seconds = Math.round((performance.now() - started) / 1_000);
    console.error(`made ${matches.toLocaleString("en-US")} matches in ${seconds} s`);
    env[VARIABLES[name]] = url;
  }
  return { env, close: () => server.stop() };
}
