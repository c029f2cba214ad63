import type { Redis } from "ioredis";

type Script = (keys: readonly string[], ...args: readonly (string | number)[]) => Promise<unknown>;
type Command = (count: number, ...rest: readonly (string | number)[]) => Promise<unknown>;

/** What scripts share: the time of the server, in ms. */
const NOW = `
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** A script of this game under a name of its own: sent by its digest, and whole where the server does not know it. */
export function scriptOn(client: Redis, name: string, lua: string): Script {
  client.defineCommand(name, { lua: NOW + lua });
  const commands = client as unknown as Readonly<Record<string, Command>>;
  return (keys, ...args) => commands[name]!(keys.length, ...keys, ...args);
}

/** Parts of a list, none of which keeps the server for long. */
export function* inParts<T>(all: readonly T[], most = 500): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += most) yield all.slice(from, from + most);
}
