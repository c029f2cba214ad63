import { randomBytes } from "node:crypto";
import { temporaryDirectory } from "../process/account.js";
import { startGuard } from "../process/guard.js";
import { run } from "../process/run.js";
import { waitFor } from "../process/wait.js";
import { redisVersionOf } from "./client.js";
import type { RedisPlaces } from "./installation.js";

/** A Redis in a container that ends with this process, or undefined where no Docker engine answers. */
export async function dockerRedis({ docker }: RedisPlaces) {
  try {
    await run(docker, ["version", "--format", "{{.Server.Version}}"]);
  } catch {
    return undefined;
  }
  const dir = await temporaryDirectory("docker", undefined);
  const name = `evenmatch-redis-${randomBytes(6).toString("hex")}`;
  const guard = startGuard(dir, `${docker} rm --force --volumes ${name}`);
  try {
    const args = ["--detach", "--name", name, "--publish", "127.0.0.1::6379"];
    await run(docker, ["run", ...args, "redis:7", "redis-server", "--save", "", "--appendonly", "no"]);
    const address = (await run(docker, ["port", name, "6379/tcp"])).trim().split("\n")[0]!;
    const url = `redis://${address}`;
    const version = await waitFor(() => redisVersionOf(url), { what: "Redis in Docker", timeoutMs: 120_000 });
    return { url, version, source: "docker" as const, stop: () => guard.close() };
  } catch (error) {
    await guard.close();
    throw error;
  }
}
