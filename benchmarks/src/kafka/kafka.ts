import { latency } from "../deployment/latency.js";
import { workers } from "../deployment/workers.js";
import type { Bench } from "../row.js";
import { throughput } from "./throughput.js";
import { engineOf } from "./engine.js";
import { partitions } from "./partitions.js";
import { rebalance } from "./rebalance.js";
import { rebuild } from "./rebuild.js";

const name = "kafka";

/** The library on Kafka: a broker of its own for each row. */
export const kafka: Bench = {
  name,
  rows: [
    throughput,
    latency(name, engineOf(4), 40),
    ...workers(name, engineOf(8)),
    partitions(name),
    rebuild(name),
    rebalance(name),
  ],
};
