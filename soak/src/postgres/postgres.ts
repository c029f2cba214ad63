import { resolve } from "node:path";
import type { GroundKind } from "../cluster/ground.js";
import { NETWORK_FAULTS } from "../cluster/network.js";
import { FREEZE, KILL_API, KILL_WORKER } from "../cluster/plan.js";
import { PostgresGround } from "./ground.js";

/** Real processes on a real Postgres, which is hurt in every way that operators know. */
export const postgres: GroundKind = {
  name: "postgres",
  program: resolve(import.meta.dirname, "server.ts"),
  roles: ["worker", "worker", "api", "api"],
  mixes: [
    { name: "kills", faults: { [KILL_WORKER]: 4, [KILL_API]: 2 } },
    { name: "backends", faults: { "kill-backend": 3, [KILL_WORKER]: 1, cut: 1 } },
    { name: "restarts", faults: { "restart-fast": 2, "restart-immediate": 2, [KILL_API]: 1 } },
    { name: "fail-over", faults: { "fail-over": 1, [KILL_WORKER]: 2, cut: 1, "lose-answer": 1 } },
    { name: "cuts", faults: { cut: 3, delay: 2, "lose-answer": 2 } },
    { name: "silence", faults: { "half-open": 2, stall: 2, [FREEZE]: 1, [KILL_WORKER]: 1 } },
  ],
  cuts: [...NETWORK_FAULTS, FREEZE],
  open: (mix) => PostgresGround.open(mix),
};
