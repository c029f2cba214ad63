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
 * nor, should it break, that the pool may forget it; and one that it gets just when it closes it keeps. This adds all three.
 */
export function messagesOn(pool: Pool): Messages {
  const hearing = new Hearing();
  let letGo = (): void => {};
  let isClosed = false;
  const connect = async (): Promise<PoolClient> => {
    // Who would be told that there is none would ask again and again.
    if (isClosed) return new Promise(() => {});
    const client = await pool.connect();
    letGo = releasingOnce(client);
    client.once("end", letGo);
    try {
      await client.query(`listen "${CHANNEL}"`);
    } catch (error) {
      letGo();
      throw error;
    }
    if (isClosed) letGo();
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
  return {
    adapter,
    heard: hearing.heard,
    onMissed: (run) => hearing.onMissed(run),
    close() {
      isClosed = true;
      letGo();
    },
  };
}

/** Gives a connection up, which is of no use to others; whoever does so after that gives nothing up. */
function releasingOnce(client: PoolClient): () => void {
  const release = client.release.bind(client);
  let isOut = true;
  client.release = () => {
    if (isOut) release(true);
    isOut = false;
  };
  return () => client.release();
}
