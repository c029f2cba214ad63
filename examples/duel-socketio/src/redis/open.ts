import { redisEventBus, redisTicketStore } from "@evenmatch/adapter-redis";
import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import { KEEP_ALL, type Config } from "../config.js";
import type { SharedStores } from "../shared/stores.js";
import { connected } from "./connect.js";
import { messagesOn } from "./messages.js";
import { PartyKeys } from "./party-keys.js";
import { PresenceKeys } from "./presence-keys.js";
import { RecentMatches } from "./recent-matches.js";
import { SeatKeys } from "./seat-keys.js";
import { whoWaits } from "./waiting.js";

/** Connects to a Redis. All keys of the game begin with the prefix, and so do those of the library, in braces. */
export async function openRedis(config: Config, url: string): Promise<SharedStores> {
  const { name, redisPrefix: prefix, showFinalState } = config;
  const client = await connected(url, `${prefix}-${name}`);
  const library = `${prefix}:evenmatch`;
  const kept = showFinalState ? { retainMs: KEEP_ALL, dedupeMs: KEEP_ALL } : {};
  const tickets = redisTicketStore(client, { prefix: library, ...kept });
  const events = redisEventBus(client, { prefix: library });
  try {
    // The first call sees whether the server is set up for it.
    await tickets.read([{ type: "player", playerId: "nobody", queue: "classic" }], {});
  } catch (error) {
    await Promise.all([tickets.close(), events.close()]);
    client.disconnect();
    throw error;
  }
  let closeMessages = (): void => {};
  return {
    ports: { tickets, matches: new RecentMatches(client, prefix), events },
    seats: new SeatKeys(client, prefix),
    presence: new PresenceKeys(client, prefix),
    parties: new PartyKeys(client, prefix),
    waiting: () => whoWaits(client, library),
    limiter: (what, most, seconds) => limiterOn(client, `${prefix}:limit:${what}`, most, seconds),
    messages() {
      const messages = messagesOn(client, prefix);
      closeMessages = () => messages.close();
      return messages;
    },
    noteClaim: (matchId, worker) => noteClaim(client, `${prefix}:claims`, matchId, worker),
    async close() {
      await Promise.all([tickets.close(), events.close()]);
      closeMessages();
      client.disconnect();
    },
  };
}

/** Counts for all processes; while Redis cannot be asked each counts for itself. */
function limiterOn(client: Redis, keyPrefix: string, points: number, duration: number): RateLimiterRedis {
  const counted = { points, duration, keyPrefix };
  return new RateLimiterRedis({
    ...counted,
    storeClient: client,
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: new RateLimiterMemory(counted),
  });
}

async function noteClaim(client: Redis, key: string, matchId: string, worker: string): Promise<void> {
  await client.multi().hsetnx(key, matchId, worker).pexpire(key, KEEP_ALL).exec();
}
