import { QUEUE } from "../deployment/players.js";
import { latency } from "../deployment/latency.js";
import { workers } from "../deployment/workers.js";
import type { Bench } from "../row.js";
import { throughput } from "./throughput.js";
import { numbered, onKafka } from "./engine.js";

const name = "kafka";

/** Pools of the rows about deployments; each has a partition of its own. */
const engineOf = (pools: number) => onKafka({ queue: QUEUE, regions: numbered(pools) });

/** The library on Kafka: a broker of its own for each row. */
export const kafka: Bench = {
  name,
  rows: [throughput, latency(name, engineOf(4), 40), ...workers(name, engineOf(8))],
};
