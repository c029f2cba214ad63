import { freshDatabase } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import type { PoolClient } from "pg";
import { Server } from "socket.io";
import { expect, it, onTestFinished } from "vitest";
import { messagesOn } from "../src/database/messages.js";
import { openPool } from "../src/database/pool.js";

it("keeps no connection to Postgres that it gets in the moment in which it closes", async () => {
  const database = await freshDatabase(sharedPostgres()[0]!);
  onTestFinished(() => database.drop());
  const pool = openPool(database.url, "test");
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => Promise<PoolClient>;
  let arrive = (): void => {};
  const arrives = new Promise<void>((resolve) => (arrive = resolve));
  let isComing = false;
  // Statements get theirs with a callback.
  const late = async (...args: unknown[]): Promise<PoolClient> => {
    const client = await connect(...args);
    if (args.length > 0) return client;
    isComing = true;
    await arrives;
    return client;
  };
  Object.assign(pool, { connect: late });
  const messages = messagesOn(pool);
  const io = new Server({ adapter: messages.adapter });
  await expect.poll(() => isComing).toBe(true);
  await io.of("/").adapter.close();
  messages.close();
  arrive();
  await messages.heard;
  await pool.end();
});
