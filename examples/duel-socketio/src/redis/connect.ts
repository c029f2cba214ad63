import { Redis } from "ioredis";

/** A command that has had no answer for so long has failed, in ms. */
const ANSWER = 5_000;

/** How long until a connection that broke is made again, in ms. */
const AGAIN = 200;

/** Connects to a server; rejects with the reason when that is not possible. A connection that breaks is made again. */
export async function connected(url: string, name: string): Promise<Redis> {
  const client = new Redis(url, {
    // A name on the server has no spaces.
    connectionName: name.replace(/[^!-~]/g, "_"),
    lazyConnect: true,
    commandTimeout: ANSWER,
    // What is under way when a connection breaks is sent once more; whoever asks knows how to ask again.
    maxRetriesPerRequest: 1,
    retryStrategy: () => AGAIN,
  });
  // Only this event says why there is no connection.
  let reason: Error | undefined;
  client.on("error", (error) => (reason = error));
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.disconnect();
    throw reason ?? error;
  }
}
