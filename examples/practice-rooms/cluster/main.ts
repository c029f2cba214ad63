import { findRedis, Kept } from "@evenmatch/services";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";

/** Two servers, on the Redis of REDIS_URL or on one that is found or started for them. */

const FIRST_PORT = 3_001;
const SERVERS = 2;

interface Member {
  readonly name: string;
  readonly url: string;
}

const main = resolve(import.meta.dirname, "../src/main.ts");
const say = (name: string, text: string): void => console.log(`${name.padEnd(8)} ${text}`);

const given = process.env["REDIS_URL"];
const found = given ? undefined : await findRedis();
if (found) say("", `REDIS_URL is not set: Redis ${found.version} was found or started for these servers`);

const port = Number(process.env["PORT"] || FIRST_PORT);
const shared = {
  // Every server takes the sessions that any of them has given.
  TOKEN_SECRET: process.env["TOKEN_SECRET"] || randomBytes(32).toString("hex"),
  REDIS_URL: given || found!.url,
  HOST: "127.0.0.1",
};
const servers = Array.from({ length: SERVERS }, (_, index) => {
  const member = { name: `server${index + 1}`, url: `http://127.0.0.1:${port + index}` };
  const env = { ...shared, PORT: String(port + index), PROCESS_NAME: member.name };
  return new Kept<Member>(member, env, {
    main,
    ready: /^Practice rooms are open at /,
    watch: {
      said: ({ name }, line) => say(name, line),
      died: ({ name }, how) => say(name, `has ended (${how}) and starts again`),
    },
  });
});

let closing: Promise<void> | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void (closing ??= close()));

try {
  await Promise.all(servers.map((server) => server.ready()));
  for (const { member, pid } of servers) say(member.name, `process ${pid}, at ${member.url}`);
  say(
    "",
    "Open both addresses, sign in, and meet yourself. Kill either process, and go on at the other. Ctrl-C ends all.",
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await (closing ??= close());
  process.exit(1);
}

async function close(): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
  await found?.stop();
  say("", "Closed.");
}
