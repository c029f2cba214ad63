import { REGIONS, takeover, type Lease } from "../deployment/takeover.js";
import { onKafka } from "../kafka/engine.js";
import type { Bench } from "../row.js";

const name = "kafka-takeover";

/** The session time of workers, after which the group gives their partitions to others. */
const SESSION: Lease = { ms: 6_000, beyond: 1_500 };

const engine = onKafka({ queue: "duel", regions: REGIONS });

/** How soon the pools of an owner that was killed with −9 work again. */
export const kafkaTakeover: Bench = {
  name,
  rows: [takeover(name, engine, 1_000, SESSION), takeover(name, engine, 100_000, SESSION)],
};
