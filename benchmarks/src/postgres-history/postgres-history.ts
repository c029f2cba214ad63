import type { Bench } from "../row.js";
import { prepareHistories } from "./histories.js";
import { growth, pages } from "./pages.js";

/** Reading the record of matches where there are ten million of them. */
export const postgresHistory: Bench = {
  name: "postgres-history",
  prepare: prepareHistories,
  rows: [pages("time"), pages("queue"), pages("player"), pages("player-queue"), growth],
};
