import type { Seed } from "@evenmatch/testkit";
import { bundlePrograms, run } from "./cluster/run.js";
import { reportOf } from "./cluster/describe.js";
import type { GroundKind } from "./cluster/ground.js";
import { kafka } from "./kafka/kafka.js";
import { postgres } from "./postgres/postgres.js";
import { redis } from "./redis/redis.js";
import type { RunReport } from "./report.js";
import { runSimulated, SIMULATED } from "./simulated/simulated.js";

/** A store that a soak knows. */
export interface Store {
  /** The kinds of runs, by name; seeds take them in turn. None where all runs are of one kind. */
  readonly mixes: readonly string[];
  /** Gets ready to run, and returns what makes one run of a seed: of one mix, or of the seed's own. */
  open(mix?: string): Promise<(seed: Seed) => Promise<RunReport>>;
}

/** The stores that a soak knows, by the name they have on the command line. */
export const STORES: Readonly<Record<string, Store>> = {
  ...Object.fromEntries(
    Object.entries(SIMULATED).map(([name, store]) => [
      name,
      { mixes: [], open: () => Promise.resolve((seed: Seed) => runSimulated(name, store, seed)) },
    ]),
  ),
  postgres: real(postgres),
  redis: real(redis),
  kafka: real(kafka),
};

/** Real processes; their programs are bundled once for all runs. */
function real(kind: GroundKind): Store {
  return {
    mixes: kind.mixes.map(({ name }) => name),
    open: async (chosen) => {
      const programs = await bundlePrograms(kind);
      const mix = kind.mixes.find(({ name }) => name === chosen);
      return async (seed) =>
        reportOf(kind.name, await run({ kind, seed, programs, leavesEvidence: true, ...(mix && { mix }) }));
    },
  };
}
