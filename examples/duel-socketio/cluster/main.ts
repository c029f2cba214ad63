import { Cluster } from "./cluster.js";
import { ownPlace } from "./own-place.js";

/**
 * Two processes that talk to players and two that run pools, on the database of DATABASE_URL or the Redis of REDIS_URL, or
 * on one of their own: Postgres, and with --redis a Redis.
 */

const FIRST_PORT = 3_001;
const APIS = 2;
const WORKERS = 2;

/** Bots at each API process, unless BOTS says it. */
const BOTS = "12";

const say = (name: string, text: string): void => console.log(`${name.padEnd(8)} ${text}`);

const place = given();
const own = place ? undefined : await ownPlace(isRedisWanted() ? "redis" : "postgres");
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
  const { DATABASE_URL: database, REDIS_URL: redis, REDIS_PREFIX: prefix } = process.env;
  if (database && !isRedisWanted()) return { DATABASE_URL: database };
  return redis ? { REDIS_URL: redis, ...(prefix && { REDIS_PREFIX: prefix }) } : undefined;
}

function isRedisWanted(): boolean {
  const args = process.argv.slice(2);
  if (args.every((arg) => arg === "--redis")) return args.length > 0;
  console.error("npm run start:cluster -- [--redis]");
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
