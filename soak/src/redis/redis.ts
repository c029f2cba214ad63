import { resolve } from "node:path";
import type { GroundKind, Mix } from "../cluster/ground.js";
import { NETWORK_FAULTS } from "../cluster/network.js";
import { FREEZE, KILL_API, KILL_WORKER } from "../cluster/plan.js";
import { DURABILITY, type DurabilityName } from "./durability.js";
import { RedisGround } from "./ground.js";

/** What is done to a Redis, and how it is set up to survive that. */
export interface RedisMix extends Mix {
  readonly durability: DurabilityName;
}

/** One for each setting, and one of all that is no death on the one that may lose nothing. */
const MIXES: readonly RedisMix[] = [
  { name: "always", durability: "always", faults: { "kill-server": 2, [KILL_WORKER]: 2, [KILL_API]: 1 } },
  {
    name: "everysec",
    durability: "everysec",
    faults: { "lose-tail": 2, [KILL_WORKER]: 2, [KILL_API]: 1, cut: 1 },
  },
  {
    name: "none",
    durability: "none",
    faults: { "kill-server": 1, [KILL_WORKER]: 2, [KILL_API]: 1, "script-flush": 1, "lose-answer": 1 },
  },
  { name: "replica", durability: "replica", faults: { "fail-over": 1, [KILL_WORKER]: 2, cut: 1, delay: 1 } },
  {
    name: "wait",
    durability: "wait",
    faults: { "fail-over": 1, [KILL_WORKER]: 2, [KILL_API]: 1, "lose-answer": 1, delay: 1 },
  },
  {
    name: "silence",
    durability: "always",
    faults: {
      "half-open": 1,
      stall: 1,
      [FREEZE]: 1,
      pause: 1,
      busy: 1,
      oom: 1,
      readonly: 1,
      [KILL_WORKER]: 1,
    },
  },
];

/** Real processes on a real Redis, which is set up in every way that its manual has, and dies. */
export const redis: GroundKind = redisWith(MIXES);

/** The same with other mixes. */
export function redisWith(mixes: readonly RedisMix[]): GroundKind {
  return {
    name: "redis",
    program: resolve(import.meta.dirname, "server.ts"),
    roles: ["worker", "worker", "api", "api"],
    mixes,
    cuts: [...NETWORK_FAULTS, FREEZE, "pause", "busy", "oom", "readonly", "script-flush"],
    open: (mix) => RedisGround.open(DURABILITY[(mix as RedisMix).durability]),
  };
}
