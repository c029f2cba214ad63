import { createAdapter } from "@socket.io/postgres-adapter";
import type { Pool, PoolClient } from "pg";
import { Hearing, type Messages } from "../shared/messages.js";

/** NOTIFY takes less than 8,000 bytes; what is longer goes into a table. */
const LONGEST_NOTIFY = 7_000;

/** The channel of the only namespace. */
const PREFIX = "duel";
const CHANNEL = `${PREFIX}#/`;

/**
 * Socket.IO's adapter for Postgres. It hears by one connection of the pool, of which it says neither when it is there
 * nor, should it break, that the pool may forget it; this adds both.
 */
export function messagesOn(pool: Pool): Messages {
  const hearing = new Hearing();
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    client.once("end", () => client.release(true));
    try {
      await client.query(`listen "${CHANNEL}"`);
    } catch (error) {
      client.removeAllListeners("end");
      client.release(true);
      throw error;
    }
    // The adapter attaches itself as soon as it has the client.
    setImmediate(() => hearing.begins());
    return client;
  };
  const query = (text: string, values: unknown[]) => pool.query(text, values);
  const adapter = createAdapter({ connect, query } as unknown as Pool, {
    channelPrefix: PREFIX,
    tableName: "duel.messages",
    payloadThreshold: LONGEST_NOTIFY,
    errorHandler: (error) => console.error(error),
  });
  return { adapter, heard: hearing.heard, onMissed: (run) => hearing.onMissed(run) };
}
