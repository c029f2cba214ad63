import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../src/connection/database.js";
import { settingsOf } from "../src/connection/options.js";
import { refusal } from "./refusal.js";
import { migrated } from "./faults/world.js";

describe.each(sharedPostgres())("closing, on Postgres $version", (server) => {
  let database: Awaited<ReturnType<typeof migrated>>;
  beforeAll(async () => {
    database = await migrated(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("ends when nothing of it uses the application's pool any more", async () => {
    const pool = database.pool();
    const ours = new Database(pool, settingsOf({}));
    await ours.query("SELECT 1");
    const ended: string[] = [];
    const calls = [
      ours.query("SELECT pg_sleep(0.2)").then(() => ended.push("a statement")),
      ours
        .transaction((sender) => sender.query("SELECT pg_sleep(0.2)"))
        .then(() => ended.push("a transaction")),
    ];
    await expect.poll(() => pool.totalCount - pool.idleCount).toBe(2);
    await ours.close();
    expect([ended.sort(), pool.totalCount - pool.idleCount]).toEqual([["a statement", "a transaction"], 0]);
    await Promise.all(calls);
    await refusal(ours.query("SELECT 1"), "CLOSED");
  });

  it("waits no longer than for an answer", async () => {
    const pool = database.pool();
    const ours = new Database(pool, settingsOf({ timeoutMs: 300 }));
    const late = refusal(ours.query("SELECT pg_sleep(30)"), "STORE_UNAVAILABLE");
    await expect.poll(() => pool.totalCount).toBe(1);
    await ours.close();
    await late;
  });
});
