import type { Seed } from "@evenmatch/testkit";
import { bundlePrograms, run } from "./cluster/run.js";
import { reportOf } from "./cluster/describe.js";
import type { GroundKind } from "./cluster/ground.js";
import { postgres } from "./postgres/postgres.js";
import type { RunReport } from "./report.js";
import { runSimulated, SIMULATED } from "./simulated/simulated.js";

/** Gets ready to run, and returns what makes one run of a seed. */
export type Store = () => Promise<(seed: Seed) => Promise<RunReport>>;

/** The stores that a soak knows, by the name they have on the command line. */
export const STORES: Readonly<Record<string, Store>> = {
  ...Object.fromEntries(
    Object.entries(SIMULATED).map(([name, store]) => [
      name,
      () => Promise.resolve((seed: Seed) => runSimulated(name, store, seed)),
    ]),
  ),
  postgres: real(postgres),
};

/** Real processes; their programs are bundled once for all runs. */
function real(kind: GroundKind): Store {
  return async () => {
    const programs = await bundlePrograms(kind);
    return async (seed) => reportOf(kind.name, await run({ kind, seed, programs }));
  };
}
