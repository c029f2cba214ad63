import { findRedis } from "@evenmatch/services";
import { randomBytes } from "node:crypto";
import { Servers } from "./servers.js";

/** Two servers, on the Redis of REDIS_URL or on one that is found or started for them. */

const FIRST_PORT = 3_001;
const SERVERS = 2;

const say = (name: string, text: string): void => console.log(`${name.padEnd(8)} ${text}`);

const { REDIS_URL: given, PORT: port = FIRST_PORT, TOKEN_SECRET: secret } = process.env;
const found = given ? undefined : await findRedis();
if (found) say("", `REDIS_URL is not set: Redis ${found.version} was found or started for these servers`);

const servers = await start();
for (const { name, pid, url } of servers.members) say(name, `process ${pid}, at ${url}`);
say("", "Open both addresses, sign in, and meet yourself. Kill either process, and go on at the other.");
say("", "Ctrl-C ends all.");

let closing: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void (closing ??= close()));

async function close(): Promise<void> {
  await servers.close();
  await found?.stop();
  say("", "Closed.");
}

async function start(): Promise<Servers> {
  try {
    return await Servers.start({
      ports: Array.from({ length: SERVERS }, (_, index) => Number(port) + index),
      env: {
        TOKEN_SECRET: secret || randomBytes(32).toString("hex"),
        REDIS_URL: given || found!.url,
      },
      watch: {
        said: ({ name }, line) => say(name, line),
        died: ({ name }, how) => say(name, `has ended (${how}) and starts again`),
      },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await found?.stop();
    process.exit(1);
  }
}
