import type { TestProject } from "vitest/node";
import { findPostgres, type FoundPostgres } from "../postgres/find.js";
import type { Flavour } from "../postgres/installation.js";

/** What a test knows of a server that the run shares. */
export interface SharedPostgres {
  flavour: Flavour;
  url: string;
  version: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** The servers that `postgres-setup` found, one per flavour. */
    postgres: SharedPostgres[];
  }
}

// Every project loads this file anew, but all run in one process: what they share hangs on the global object.
const key = Symbol.for("evenmatch.services.postgres");
interface Shared {
  users: number;
  servers: Promise<(FoundPostgres & SharedPostgres)[]>;
}
const registry = globalThis as { [key]?: Shared | undefined };

/**
 * Vitest's global setup: finds or starts one Postgres per flavour, once per run however many projects ask for it,
 * and none where no test of such a project runs. Tests get at them by `sharedPostgres`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (registry[key] ??= { users: 0, servers: findAll() });
  shared.users += 1;
  const servers = await shared.servers;
  project.provide(
    "postgres",
    servers.map(({ flavour, url, version }) => ({ flavour, url, version })),
  );
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    registry[key] = undefined;
    await Promise.all(servers.map((server) => server.stop()));
  };
}

async function findAll() {
  const flavours: Flavour[] = ["usual", "newest"];
  return Promise.all(flavours.map(async (flavour) => ({ flavour, ...(await findPostgres(flavour)) })));
}
