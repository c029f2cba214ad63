import type { Client, Pool, PoolClient } from "pg";
import { expectTypeOf, it } from "vitest";
import type { OwnClient, PooledClient, PoolLike } from "../src/index.js";

it("takes what the driver makes", () => {
  expectTypeOf<Pool>().toExtend<PoolLike>();
  expectTypeOf<PoolClient>().toExtend<PooledClient>();
  expectTypeOf<Client>().toExtend<OwnClient>();
});
