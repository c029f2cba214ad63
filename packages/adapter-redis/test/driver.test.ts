import type { Cluster, Redis } from "ioredis";
import { expectTypeOf, it } from "vitest";
import type { RedisLike } from "../src/connection/driver.js";

it("takes what the driver makes", () => {
  expectTypeOf<Redis>().toExtend<RedisLike>();
  expectTypeOf<Cluster>().toExtend<RedisLike>();
  expectTypeOf<Redis<"resp3">>().toExtend<RedisLike>();
});
