import { takeover } from "../deployment/takeover.js";
import { onRedis } from "../redis/engine.js";
import type { Bench } from "../row.js";

const name = "redis-takeover";

/** How soon the pools of an owner that was killed with −9 work again. */
export const redisTakeover: Bench = {
  name,
  rows: [takeover(name, onRedis, 1_000), takeover(name, onRedis, 100_000)],
};
