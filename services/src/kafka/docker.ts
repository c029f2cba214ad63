import { randomBytes } from "node:crypto";
import { temporaryDirectory } from "../process/account.js";
import { startGuard } from "../process/guard.js";
import { freePort } from "../process/port.js";
import { run } from "../process/run.js";
import { waitFor } from "../process/wait.js";
import { aliveBrokers } from "./client.js";
import { fetchedRelease, type KafkaFlavour, type KafkaPlaces } from "./installation.js";
import { placeOf, settingsOf } from "./settings.js";

/** A Kafka in a container that ends with this process, or undefined where no Docker engine answers. */
export async function dockerKafka(flavour: KafkaFlavour, { docker }: KafkaPlaces) {
  try {
    await run(docker, ["version", "--format", "{{.Server.Version}}"]);
  } catch {
    return undefined;
  }
  const dir = await temporaryDirectory("docker", undefined);
  const name = `evenmatch-kafka-${randomBytes(6).toString("hex")}`;
  const guard = startGuard(dir, `${docker} rm --force --volumes ${name}`);
  try {
    const version = fetchedRelease(flavour);
    // Clients are told the port, so it is the same outside of the container.
    const port = await freePort();
    const args = ["--detach", "--name", name, "--publish", `127.0.0.1:${port}:${port}`];
    await run(docker, ["run", ...args, ...variablesOf(port), `apache/kafka:${version}`]);
    const brokers = [`127.0.0.1:${port}`];
    const isUp = async () => (await aliveBrokers(brokers)).length > 0;
    await waitFor(isUp, { what: "Kafka in Docker", timeoutMs: 120_000, everyMs: 100 });
    return { brokers, version, source: "docker" as const, stop: () => guard.close() };
  } catch (error) {
    await guard.close();
    throw error;
  }
}

/** The image takes every setting as a variable. */
function variablesOf(port: number): string[] {
  const member = { id: 1, port, controllerPort: port + 1, proxied: [] };
  const place = placeOf(member, [member]);
  const listeners = String(place["listeners"]).replace(/DIRECT:\/\/127\.0\.0\.1/, "DIRECT://0.0.0.0");
  const settings = { ...settingsOf(1), ...place, listeners, "log.dirs": "/tmp/kafka-data" };
  const variables = Object.entries(settings).map(
    ([name, value]) => `KAFKA_${name.toUpperCase().replaceAll(".", "_")}=${value}`,
  );
  return [...variables, "KAFKA_HEAP_OPTS=-Xmx512m"].flatMap((variable) => ["--env", variable]);
}
