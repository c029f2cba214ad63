import { redisVersionOf } from "./client.js";
import { dockerRedis } from "./docker.js";
import {
  machineRedis,
  obtainRedis,
  redisRemedy,
  usualRedisPlaces,
  type RedisPlaces,
} from "./installation.js";
import { startRedis } from "./server.js";

/** A Redis to work with. It may be shared, so it is used, but neither restarted nor set up differently. */
export interface FoundRedis {
  url: string;
  /** As the server says it, for example `7.0.15`. */
  version: string;
  source: "environment" | "programs" | "docker";
  /** Ends it where it was started for the caller, and leaves it alone where it was there before. */
  stop(): Promise<void>;
}

/** The environment variable that names a server. */
export const redisVariable = "EVENMATCH_REDIS_URL";

type Source = (places: RedisPlaces) => Promise<FoundRedis | undefined>;

const order: Source[] = [fromEnvironment, fromMachine, dockerRedis, fromPackage];

/**
 * The first Redis of these: the URL in `EVENMATCH_REDIS_URL`, `redis-server` of release 6.2 or newer on PATH, Docker,
 * and for root Debian's package.
 *
 * @throws Error saying what to install, where there is none of them.
 */
export async function findRedis(places: RedisPlaces = usualRedisPlaces()): Promise<FoundRedis> {
  for (const source of order) {
    const found = await source(places);
    if (found !== undefined) return found;
  }
  throw new Error(
    `No Redis was found. ${redisRemedy} Or start Docker, or set ${redisVariable} to the URL of a server on which ` +
      "keys of any name may be written and removed.",
  );
}

async function fromEnvironment(): Promise<FoundRedis | undefined> {
  const url = process.env[redisVariable];
  if (url === undefined || url === "") return undefined;
  try {
    return { url, version: await redisVersionOf(url), source: "environment", stop: () => Promise.resolve() };
  } catch (error) {
    throw new Error(`The Redis server that ${redisVariable} names does not answer.`, { cause: error });
  }
}

async function fromMachine(places: RedisPlaces): Promise<FoundRedis | undefined> {
  if ((await machineRedis(places)) === undefined) return undefined;
  const server = await startRedis({ places });
  return { url: server.url, version: server.version, source: "programs", stop: () => server.stop() };
}

async function fromPackage(places: RedisPlaces): Promise<FoundRedis | undefined> {
  const installation = await obtainRedis(places).catch(() => undefined);
  return installation === undefined ? undefined : fromMachine(places);
}
