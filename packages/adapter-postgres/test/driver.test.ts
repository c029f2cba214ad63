import type { Client, Pool, PoolClient } from "pg";
import { expectTypeOf, it } from "vitest";
import type { OwnClient, OwnPool } from "../src/connection/driver.js";
import type { PooledClient, PoolLike } from "../src/index.js";

it("takes what the driver makes", () => {
  expectTypeOf<Pool>().toExtend<PoolLike>();
  expectTypeOf<PoolClient>().toExtend<PooledClient>();
  expectTypeOf<Pool>().toExtend<OwnPool>();
  expectTypeOf<Client>().toExtend<OwnClient>();
});
