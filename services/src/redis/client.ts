import { Redis } from "ioredis";

/** A connection that says at once what is wrong, instead of trying again. */
const impatient = {
  lazyConnect: true,
  connectTimeout: 5_000,
  commandTimeout: 10_000,
  maxRetriesPerRequest: 0,
  enableReadyCheck: false,
  retryStrategy: () => null,
};

/** Runs work on a connection of its own, which ends with it. */
export async function withRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, impatient);
  // Only this event says why a connection was refused.
  let failure: unknown;
  client.on("error", (error) => (failure = error));
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw failure ?? error;
  } finally {
    client.disconnect();
  }
}

/** The number of a server's release. */
export async function redisVersionOf(url: string): Promise<string> {
  const info = await withRedis(url, (client) => client.info("server"));
  const version = /^redis_version:(\S+)/m.exec(info)?.[1];
  if (version === undefined) throw new Error("the server does not say which release of Redis it is");
  return version;
}
