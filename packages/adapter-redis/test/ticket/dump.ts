import type { RedisLike } from "../../src/index.js";

/** What a hash holds, by field. */
export async function hashOf(client: RedisLike, key: string): Promise<Map<string, string>> {
  // The driver makes an object of it.
  return new Map(Object.entries((await client.call("hgetall", [key])) as Record<string, string>));
}
