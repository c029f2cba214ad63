import { resolve } from "node:path";
import type { GroundKind, Mix } from "../cluster/ground.js";
import { NETWORK_FAULTS } from "../cluster/network.js";
import { FREEZE, KILL_API, KILL_BOTH, KILL_WORKER } from "../cluster/plan.js";
import { KafkaGround } from "./ground.js";

/** A death costs a session: what is over in a moment strikes in between, while matches are made. */
const MIXES: readonly Mix[] = [
  { name: "workers", faults: { [KILL_WORKER]: 3, [KILL_API]: 1 } },
  { name: "broker", faults: { "kill-broker": 1, [KILL_BOTH]: 1, cut: 2, "lose-commit": 2 } },
  { name: "cuts", faults: { cut: 2, "lose-answer": 2, "lose-commit": 2, delay: 1, poison: 1 } },
  { name: "zombie", faults: { [FREEZE]: 2, stall: 1, "half-open": 1, "lose-commit": 1 } },
  {
    name: "steps",
    faults: { [KILL_WORKER]: 4, "lose-commit": 2 },
    steps: ["claim", "settle", "deliver", "release", "save", "announce", "expire"],
    phase: "after",
  },
  { name: "poison", faults: { poison: 3, [KILL_WORKER]: 1, [KILL_API]: 1 } },
  { name: "cluster", faults: { "lose-broker": 1, [KILL_WORKER]: 1, [KILL_API]: 1, cut: 1 } },
];

/** Real processes on a real Kafka, which is hurt in every way that operators know. */
export const kafka: GroundKind = {
  name: "kafka",
  program: resolve(import.meta.dirname, "server.ts"),
  roles: ["worker", "worker", "worker", "api"],
  mixes: MIXES,
  cuts: [...NETWORK_FAULTS, FREEZE, "lose-commit", "poison"],
  crowd: { clients: 2_450, perSecond: 110 },
  open: (mix) => KafkaGround.open(mix),
};
