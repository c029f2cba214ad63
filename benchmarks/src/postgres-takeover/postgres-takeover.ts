import { takeover } from "../deployment/takeover.js";
import { onPostgres } from "../postgres/engine.js";
import type { Bench } from "../row.js";

const name = "postgres-takeover";

/** How soon the pools of an owner that was killed with −9 work again. */
export const postgresTakeover: Bench = {
  name,
  rows: [takeover(name, onPostgres, 1_000), takeover(name, onPostgres, 100_000)],
};
