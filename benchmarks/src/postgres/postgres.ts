import type { Bench } from "../row.js";
import { bloat } from "./bloat.js";
import { claims } from "./claims.js";
import { joins } from "./joins.js";
import { latency } from "./latency.js";
import { workers } from "./workers.js";

/** The library on Postgres: a server of its own for each row, with commits that reach the disk. */
export const postgres: Bench = {
  name: "postgres",
  rows: [claims, joins, latency, ...workers, bloat],
};
