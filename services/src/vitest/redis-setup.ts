import type { TestProject } from "vitest/node";
import { findRedis, type FoundRedis } from "../redis/find.js";

/** What a test knows of the Redis that the run shares. */
export interface SharedRedis {
  url: string;
  version: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** The server that `redis-setup` found. */
    redis: SharedRedis;
  }
}

// Every project loads this file anew, but all run in one process: what they share hangs on the global object.
const key = Symbol.for("evenmatch.services.redis");
interface Shared {
  users: number;
  server: Promise<FoundRedis>;
}
const registry = globalThis as { [key]?: Shared | undefined };

/**
 * Vitest's global setup: finds or starts one Redis, once per run however many projects ask for it, and none where no
 * test of such a project runs. Tests get at it by `sharedRedis`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (registry[key] ??= { users: 0, server: findRedis() });
  shared.users += 1;
  const server = await shared.server;
  project.provide("redis", { url: server.url, version: server.version });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    registry[key] = undefined;
    await server.stop();
  };
}
