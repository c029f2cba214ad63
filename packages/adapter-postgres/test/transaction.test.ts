import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import { Database } from "../src/connection/database.js";
import { settingsOf } from "../src/connection/options.js";
import { migrated } from "./faults/world.js";

describe.each(sharedPostgres())("transactions on Postgres $version", (server) => {
  it("keep no locks when their process freezes in between", async () => {
    await using database = await migrated(server);
    const pool = database.pool();
    const frozen = new Database(pool, settingsOf({ timeoutMs: 3_000 }));
    let thaw = (): void => {};
    const standstill = new Promise<void>((resolve) => (thaw = resolve));
    let hasLock = false;
    const call = frozen.transaction(async (sender) => {
      await sender.query("LOCK TABLE {schema}.pools IN EXCLUSIVE MODE");
      hasLock = true;
      await standstill;
      await sender.query("SELECT FROM {schema}.pools");
    });
    const refused = expect(call).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    await expect.poll(() => hasLock).toBe(true);
    await refused;
    await database.admin.query(
      "SET lock_timeout = '20 s'; UPDATE evenmatch.pools SET seq = seq; RESET lock_timeout",
    );
    thaw();
    // What it does when it goes on fails, and its connection is not given to anybody else.
    await expect.poll(() => pool.totalCount).toBe(0);
    await frozen.close();
  });
});
