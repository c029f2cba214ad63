import { randomBytes } from "node:crypto";
import { temporaryDirectory } from "../process/account.js";
import { startGuard } from "../process/guard.js";
import { run } from "../process/run.js";
import { waitFor } from "../process/wait.js";
import { withClient } from "./client.js";
import type { Flavour, Places } from "./installation.js";

const images: Record<Flavour, string> = { usual: "postgres:15", newest: "postgres:18" };
const settings = ["fsync=off", "full_page_writes=off", "max_connections=200", "wal_level=replica"];

/** A Postgres in a container that ends with this process, or undefined where no Docker engine answers. */
export async function dockerPostgres(flavour: Flavour, { docker }: Places) {
  try {
    await run(docker, ["version", "--format", "{{.Server.Version}}"]);
  } catch {
    return undefined;
  }
  const dir = await temporaryDirectory("docker", undefined);
  const name = `evenmatch-postgres-${randomBytes(6).toString("hex")}`;
  const guard = startGuard(dir, `${docker} rm --force --volumes ${name}`);
  try {
    const password = randomBytes(12).toString("hex");
    const environment = ["--env", `POSTGRES_PASSWORD=${password}`];
    const args = [
      "--detach",
      "--name",
      name,
      "--publish",
      "127.0.0.1::5432",
      ...environment,
      images[flavour],
    ];
    await run(docker, ["run", ...args, ...settings.flatMap((setting) => ["-c", setting])]);
    const address = (await run(docker, ["port", name, "5432/tcp"])).trim().split("\n")[0]!;
    const url = `postgres://postgres:${password}@${address}/postgres`;
    // While its first start makes the cluster, the server listens inside of the container alone.
    const version = await waitFor(() => versionOf(url), { what: "Postgres in Docker", timeoutMs: 120_000 });
    return { url, version, source: "docker" as const, stop: () => guard.close() };
  } catch (error) {
    await guard.close();
    throw error;
  }
}

/** The number of a server's release, without what a distribution adds to it. */
export async function versionOf(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    return rows[0]!.server_version.split(" ")[0]!;
  });
}
