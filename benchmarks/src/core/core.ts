import type { Bench } from "../row.js";
import { fill } from "./fill.js";
import { firstPass } from "./first-pass.js";
import { growth } from "./growth.js";
import { latency } from "./latency.js";
import { memory } from "./memory.js";
import { stall } from "./stall.js";
import { throughput } from "./throughput.js";

/** The library in one process, in memory. */
export const core: Bench = {
  name: "core",
  rows: [firstPass, fill, throughput, latency, growth, stall, memory],
};
