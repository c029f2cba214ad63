import { randomBytes } from "node:crypto";
import { withRedis } from "./client.js";

/** The part of a shared server that belongs to one test: all keys whose names hold the prefix. */
export interface FreshPrefix extends AsyncDisposable {
  /** Letters and digits, which no other test uses. */
  prefix: string;
  /** The names of the keys that hold the prefix, sorted. */
  keys(): Promise<string[]>;
  /** Removes those keys. */
  drop(): Promise<void>;
}

/**
 * A prefix for the keys of one test, so that test files run side by side on one server. Use it for every key, be it
 * within braces.
 *
 * @param server a server, or anything with the URL of one
 */
export function freshPrefix(server: { url: string }): FreshPrefix {
  const prefix = `test${randomBytes(8).toString("hex")}`;
  const keys = () =>
    withRedis(server.url, async (client) => {
      const found = new Set<string>();
      const scan = client.scanStream({ match: `*${prefix}*`, count: 10_000 });
      for await (const some of scan) for (const key of some as string[]) found.add(key);
      return [...found].sort();
    });
  const drop = async () => {
    const names = await keys();
    if (names.length > 0) await withRedis(server.url, (client) => client.unlink(...names));
  };
  return { prefix, keys, drop, [Symbol.asyncDispose]: drop };
}
