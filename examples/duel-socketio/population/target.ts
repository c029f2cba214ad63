import type { FinalState } from "@evenmatch/testkit";
import { Cluster } from "../cluster/cluster.js";
import { ownPlace } from "../cluster/own-place.js";
import { killSome, type Chaos } from "./chaos.js";
import { fetchFinalState } from "./final-state.js";
import { keptBy, type Kept } from "./kept.js";
import type { PopulationOptions } from "./options.js";
import { startServerProcess, tournamentMs } from "./server-process.js";

/** What a population plays against. */
export interface Target {
  readonly urls: readonly string[];
  readonly finalState: () => Promise<FinalState>;
  /** Where several processes keep everything together: what only that can tell. */
  readonly kept?: Kept;
  /** What goes wrong on the way; resolves when all is well again and every worker works, or the evening is over. */
  readonly disturb?: (chaos: Chaos) => Promise<void>;
  close(): Promise<void>;
}

type Say = (text: string) => void;

/** What a worker says when the number of its pools has changed. */
const RUNS = /runs (\d+) pools$/;

/** Finds or starts what the options ask for. */
export async function targetOf(options: PopulationOptions, say: Say): Promise<Target> {
  const { urls, place, cluster, seconds } = options;
  if (cluster) return ownCluster(options, say);
  if (place) return several(urls, keptBy(place));
  const [url] = urls;
  if (url !== undefined) return ofOne(url, () => Promise.resolve());
  const server = await startServerProcess(seconds);
  return ofOne(server.url, () => server.stop());
}

function ofOne(url: string, close: () => Promise<void>): Target {
  return { urls: [url], finalState: () => fetchFinalState(url), close };
}

function several(urls: readonly string[], kept: Kept): Target {
  return { urls, kept, finalState: () => kept.finalState(), close: () => kept.close() };
}

async function ownCluster({ kills, seconds, kind }: PopulationOptions, say: Say): Promise<Target> {
  const pools = new Map<string, number>();
  const place = await ownPlace(kind);
  say(`${place.name}, two API processes and two workers`);
  const cluster = await Cluster.start({
    place: place.env,
    apis: 2,
    workers: 2,
    env: {
      BOTS: "0",
      FILL_MS: String(tournamentMs(seconds)),
      EVENMATCH_DUMP: "1",
      ALLOW_RATING: "1",
      SIGN_INS_PER_MINUTE: "0",
    },
    watch: {
      said: ({ name }, line) => {
        const runs = RUNS.exec(line);
        if (runs) pools.set(name, Number(runs[1]));
        if (/error|warn/i.test(line)) console.error(`${name}: ${line}`);
      },
      died: ({ name }) => void pools.delete(name),
    },
  });
  const kept = keptBy(place.env);
  return {
    ...several(cluster.urls, kept),
    async disturb(chaos) {
      await killSome(cluster, kills, chaos, say);
      const workers = cluster.members.filter(({ role }) => role === "worker");
      await chaos.evening.until(() => workers.every(({ name }) => (pools.get(name) ?? 0) > 0));
    },
    async close() {
      await kept.close();
      await cluster.close();
      await place.stop();
    },
  };
}
