import { Cluster } from "./cluster.js";
import { ownPlace, type Kind } from "./own-place.js";

/**
 * Two processes that talk to players and two that run pools, on the database of DATABASE_URL, alone or with the Kafka of
 * KAFKA_BROKERS, or on the Redis of REDIS_URL; else on a Postgres of their own, with --redis a Redis, with --kafka a Kafka
 * and a Postgres.
 */

const FIRST_PORT = 3_001;
const APIS = 2;
const WORKERS = 2;

/** Bots at each API process, unless BOTS says it. */
const BOTS = "12";

const say = (name: string, text: string): void => console.log(`${name.padEnd(8)} ${text}`);

const wanted = kindWanted();
const place = given();
const own = place ? undefined : await ownPlace(wanted ?? "postgres");
if (own) say("", `No server is named: ${own.name} was found or started for this cluster`);

const port = Number(process.env["PORT"] || FIRST_PORT);
const cluster = await start();
for (const { name, role, pid, url } of cluster.members)
  say(name, `${role}, process ${pid}${url ? `, at ${url}` : ""}`);
say("", "Play at either address; kill any of the processes, and see how the others go on. Ctrl-C ends all.");

let closing: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void (closing ??= close()));

async function close(): Promise<void> {
  await cluster.close();
  await own?.stop();
  say("", "Closed.");
}

/** What the environment names, and the command line does not rule out. */
function given(): Record<string, string> | undefined {
  const { DATABASE_URL: database, REDIS_URL: redis, REDIS_PREFIX: redisPrefix } = process.env;
  const { KAFKA_BROKERS: brokers, KAFKA_PREFIX: kafkaPrefix } = process.env;
  const isWanted = (one: Kind): boolean => wanted === undefined || wanted === one;
  if (database && brokers && isWanted("kafka"))
    return {
      DATABASE_URL: database,
      KAFKA_BROKERS: brokers,
      ...(kafkaPrefix && { KAFKA_PREFIX: kafkaPrefix }),
    };
  if (database && isWanted("postgres")) return { DATABASE_URL: database };
  if (redis && isWanted("redis"))
    return { REDIS_URL: redis, ...(redisPrefix && { REDIS_PREFIX: redisPrefix }) };
  return undefined;
}

/** What the command line asks for, if it does. */
function kindWanted(): Kind | undefined {
  const [switched, ...more] = process.argv.slice(2);
  if (switched === undefined) return undefined;
  if (more.length === 0 && switched === "--redis") return "redis";
  if (more.length === 0 && switched === "--kafka") return "kafka";
  console.error("npm run start:cluster -- [--redis | --kafka]");
  process.exit(1);
}

function secret(): Record<string, string> {
  const given = process.env["TOKEN_SECRET"];
  return given ? { TOKEN_SECRET: given } : {};
}

async function start(): Promise<Cluster> {
  try {
    return await Cluster.start({
      place: place ?? own!.env,
      apis: APIS,
      workers: WORKERS,
      port,
      env: { BOTS: process.env["BOTS"] || BOTS, ...secret() },
      watch: {
        said: ({ name }, line) => say(name, line),
        died: ({ name }, how) => say(name, `has ended (${how}) and starts again`),
      },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await own?.stop();
    process.exit(1);
  }
}
