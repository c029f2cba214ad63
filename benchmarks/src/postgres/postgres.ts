import { latency } from "../deployment/latency.js";
import { workers } from "../deployment/workers.js";
import type { Bench } from "../row.js";
import { bloat } from "./bloat.js";
import { claims } from "./claims.js";
import { onPostgres } from "./engine.js";
import { joins } from "./joins.js";

const name = "postgres";

/** The library on Postgres: a server of its own for each row, with commits that reach the disk. */
export const postgres: Bench = {
  name,
  rows: [claims, joins, latency(name, onPostgres, 15), ...workers(name, onPostgres), bloat],
};
