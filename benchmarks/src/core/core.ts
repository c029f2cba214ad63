import type { Bench } from "../row.js";
import { fill, firstPasses, millions } from "./passes.js";
import { growth, teamGrowth } from "./growth.js";
import { holds } from "./hold.js";
import { latency } from "./latency.js";
import { memory } from "./memory.js";
import { stall } from "./stall.js";
import { teamPasses } from "./team-passes.js";
import { limited, steady, steadyUnderLimits } from "./steady.js";
import { throughput, throughputInUse } from "./throughput.js";

/** The library in one process, in memory. */
export const core: Bench = {
  name: "core",
  rows: [
    ...firstPasses,
    fill,
    ...millions,
    ...limited,
    ...teamPasses,
    ...steady,
    ...steadyUnderLimits,
    ...holds,
    throughput,
    throughputInUse,
    latency,
    growth,
    teamGrowth,
    stall,
    memory,
  ],
};
