import { playersOf } from "@evenmatch/core";
import { startBots } from "./bots.js";
import { ConfigError, configFrom, type Config } from "./config.js";
import type { Keeping } from "./keeping.js";
import { matchViewOf, nameOf } from "./news.js";
import { startServer, type DuelServer } from "./server.js";
import type { SharedStores } from "./shared/stores.js";

/** How many matches are printed before it goes quiet. */
const PRINTED = 10;

const config = readConfig();
const close = await (config.role === "worker" ? work(config) : serve(config));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal));
// Nobody outlives whoever keeps several of these running.
process.once("disconnect", () => void stop("Left alone"));
// Listening for that must not keep a closed server alive.
process.channel?.unref();

async function stop(signal: string): Promise<void> {
  console.log(`${signal}: closing`);
  await close();
  console.log("Closed.");
}

/** Talks to players, and runs the pools unless others do. */
async function serve(config: Config): Promise<() => Promise<void>> {
  const server = await listen(config);
  if (config.isSecretMade)
    console.log("TOKEN_SECRET is not set: made one, and sign-ins end with this process.");
  console.log(`Evenmatch plays at ${server.url}`);
  printFirstMatches(server);
  const bots = await startBots(server, config);
  if (config.bots > 0)
    console.log(`${config.bots} bots play. Open the page, sign in with a name, and join them.`);
  return async () => {
    bots.close();
    await server.close();
  };
}

/** Runs pools, for as many servers as there are. */
async function work(config: Config): Promise<() => Promise<void>> {
  const { startWorker } = await import("./worker.js");
  const worker = await startWorker(config, (await storesFor(config))!).catch(unusable);
  console.log(`${config.name} works`);
  return () => worker.close();
}

/** In this process's memory, unless something is named that several share. */
async function keepingFor(config: Config): Promise<Keeping | undefined> {
  const stores = await storesFor(config);
  if (!stores) return undefined;
  const { keptTogether } = await import("./shared/keeping.js");
  return keptTogether(config, matchViewOf, stores);
}

async function storesFor(config: Config): Promise<SharedStores | undefined> {
  const { openStores } = await import("./shared/open.js");
  return openStores(config).catch(unusable);
}

function unusable(error: unknown): never {
  fail(error instanceof Error ? error.message : String(error));
}

function readConfig(): Config {
  try {
    return configFrom(process.env);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

async function listen(config: Config): Promise<DuelServer> {
  const { host, port } = config;
  const keeping = await keepingFor(config);
  try {
    return await startServer(config, matchViewOf, keeping);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      fail(`Port ${port} of ${host} is in use. Choose another: PORT=${port + 1} npm start`);
    if (code === "EACCES")
      fail(`Port ${port} of ${host} may not be used. Choose another: PORT=3000 npm start`);
    if (code === "STORE_MISCONFIGURED") unusable(error);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      fail(`${host} is no address of this machine. Set HOST.`);
    throw error;
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function printFirstMatches({ matchmaker }: DuelServer): void {
  let count = 0;
  const remove = matchmaker.on("match", (match) => {
    const teams = match.teams.map((team) =>
      playersOf({ teams: [team] }).map((player) => `${nameOf(player)} (${player.rating})`),
    );
    console.log(
      `${match.queue}, ${match.region}: ${teams.map((names) => names.join(" and ")).join("  –  ")}`,
    );
    if (++count < PRINTED) return;
    remove();
    console.log("… and so on.");
  });
}
