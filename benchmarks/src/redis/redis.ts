import { latency } from "../deployment/latency.js";
import { workers } from "../deployment/workers.js";
import type { Bench } from "../row.js";
import { claims } from "./claims.js";
import { onRedis } from "./engine.js";
import { sizes } from "./size.js";

const name = "redis";

/** The library on Redis: a server of its own for each row, which writes a log. */
export const redis: Bench = {
  name,
  rows: [claims, latency(name, onRedis, 5), ...workers(name, onRedis), ...sizes],
};
