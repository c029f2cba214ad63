import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../src/connection/database.js";
import { settingsOf } from "../src/connection/options.js";
import { refusal } from "./refusal.js";
import { migrated } from "./faults/world.js";

const WAITING = `SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

describe.each(sharedPostgres())("closing, on Postgres $version", (server) => {
  let database: Awaited<ReturnType<typeof migrated>>;
  beforeAll(async () => {
    database = await migrated(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("ends when nothing of it uses the application's pool any more", async () => {
    const pool = database.pool();
    const ours = new Database(pool, settingsOf({ timeoutMs: 60_000 }));
    await ours.query("SELECT 1");
    const holder = await database.admin.connect();
    await holder.query("SELECT pg_advisory_lock(1)");
    const ended: string[] = [];
    const wait = "SELECT pg_advisory_xact_lock(1)";
    const calls = [
      ours.query(wait).then(() => ended.push("a statement")),
      ours.transaction((sender) => sender.query(wait)).then(() => ended.push("a transaction")),
    ];
    await expect.poll(() => database.rows(WAITING)).toHaveLength(2);
    const closed = ours.close().then(() => [...ended].sort());
    await holder.query("SELECT pg_advisory_unlock(1)");
    holder.release();
    expect(await closed).toEqual(["a statement", "a transaction"]);
    expect(pool.totalCount - pool.idleCount).toBe(0);
    await Promise.all(calls);
    await refusal(ours.query("SELECT 1"), "CLOSED");
  });

  it("waits no longer than for an answer", async () => {
    const ours = new Database(database.pool(), settingsOf({ timeoutMs: 300 }));
    const late = refusal(ours.query("SELECT pg_sleep(30)"), "STORE_UNAVAILABLE");
    await ours.close();
    await late;
  });
});
