import type { Bench } from "../row.js";
import { takeover } from "./takeover.js";

/** How soon the pools of an owner that was killed with −9 work again. */
export const postgresTakeover: Bench = {
  name: "postgres-takeover",
  rows: [takeover(1_000), takeover(100_000)],
};
