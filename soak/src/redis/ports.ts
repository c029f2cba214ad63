import { MemoryMatchStore } from "@evenmatch/core";
import { redisEventBus, redisTicketStore } from "@evenmatch/adapter-redis";
import { Redis } from "ioredis";
import type { OpenPorts } from "../server/serve.js";
import { KEPT, LEASE_MS, TIMEOUT_MS } from "../server/settings.js";
import type { Durability } from "./durability.js";

/** What a server process needs to reach Redis. */
export interface RedisSettings {
  readonly name: string;
  /** By way of the proxy of this process. */
  readonly url: string;
  readonly replicas?: NonNullable<Durability["replicas"]>;
}

/** Tickets and events on one client, as an application has them. There is no store of matches on Redis. */
export async function openPorts(given: unknown): Promise<OpenPorts> {
  const { name, url, replicas } = given as RedisSettings;
  const client = new Redis(url, { connectionName: name, connectTimeout: TIMEOUT_MS });
  // Whoever calls is told; without a listener the driver prints it.
  client.on("error", () => {});
  const options = { timeoutMs: TIMEOUT_MS, leaseMs: LEASE_MS };
  const tickets = redisTicketStore(client, { ...options, ...KEPT, ...(replicas && { replicas }) });
  const events = redisEventBus(client, { ...options, onError: () => {} });
  return Promise.resolve({
    tickets,
    matches: new MemoryMatchStore(),
    events,
    close: async () => {
      await Promise.all([tickets.close(), events.close()]);
      client.disconnect();
    },
  });
}
