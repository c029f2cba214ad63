import { startPostgres, startProxy } from "@evenmatch/services";
import { describe } from "vitest";
import { fault, refused, works } from "./row.js";
import { migrated, Stores } from "./world.js";

describe.each(["usual", "newest"] as const)("on Postgres, %s", (flavour) => {
  fault("the server dies, and a synchronous standby takes over", async (row) => {
    await using primary = await startPostgres({ flavour });
    await using standby = await primary.standby({ synchronous: true });
    // An address that moves, as every fail-over has in one way or another.
    await using address = await startProxy(primary.url);
    const database = await migrated(primary);
    await using stores = new Stores(address.urlOf(database.url));
    await works(stores.calls);
    await primary.killPostmaster();
    await refused(row, stores.calls);
    address.target(standby.url);
    // Before it is promoted it only reads.
    await refused(row, stores.writes);
    await standby.promote();
    await works(stores.calls);
  });
});
