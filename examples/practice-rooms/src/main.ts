import { ConfigError, configFrom, type Config } from "./config.js";
import { startServer, type PracticeServer } from "./server.js";

const config = readConfig();
const server = await listen(config);
if (config.isSecretMade)
  console.log(
    "TOKEN_SECRET is not set: made one, which no other server has, and which ends with this process.",
  );
console.log(`Practice rooms are open at ${server.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(signal));
// Nobody outlives whoever keeps several of these running.
process.once("disconnect", () => void stop("Left alone"));
// Listening for that must not keep a closed server alive.
process.channel?.unref();

async function stop(signal: string): Promise<void> {
  console.log(`${signal}: closing`);
  await server.close();
  console.log("Closed.");
}

function readConfig(): Config {
  try {
    return configFrom(process.env);
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

async function listen({ host, port, redisUrl }: Config): Promise<PracticeServer> {
  try {
    return await startServer(config, (line) => console.log(line));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") fail(`Port ${port} of ${host} is in use. Choose another: PORT=${port + 1}`);
    if (code === "EACCES" || code === "EADDRNOTAVAIL")
      fail(`${host}:${port} cannot be listened at. Set HOST or PORT.`);
    const { host: at } = new URL(redisUrl);
    fail(
      `The Redis of REDIS_URL, at ${at}, cannot be used: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
