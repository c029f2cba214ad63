import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { give, serverAccount, temporaryDirectory, type Account } from "../process/account.js";
import { startGuard, type Guard } from "../process/guard.js";
import { run } from "../process/run.js";
import type { KafkaInstallation } from "./installation.js";
import { propertiesOf, type KafkaSettings } from "./settings.js";

/** The files of one broker and who may touch them. The guard removes them when this process ends. */
export interface KafkaFiles {
  installation: KafkaInstallation;
  /** Flags of the Java machine. */
  java: readonly string[];
  account: Account | undefined;
  /** Holds the data, the configuration and the log. */
  dir: string;
  config: string;
  log: string;
  /** What Kafka's own scripts log, besides what the broker prints. */
  logs: string;
  guard: Guard;
}

/**
 * Flags with which Java starts in half the time: it compiles once, without finding out what is worth more, and
 * collects garbage on one core.
 */
export const QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"];

/** The directory of a broker that has not been started yet, made a member of a cluster. */
export async function kafkaDirectory(
  installation: KafkaInstallation,
  { cluster, settings, java }: { cluster: string; settings: KafkaSettings; java: readonly string[] },
): Promise<KafkaFiles> {
  // Kafka would run as root, but whoever reaches such a broker needs no password.
  const account = serverAccount();
  const dir = await temporaryDirectory("kafka", account);
  const guard = startGuard(dir);
  const [config, log, logs] = [join(dir, "server.properties"), join(dir, "log"), join(dir, "logs")];
  const files = { installation, java, account, dir, config, log, logs, guard };
  try {
    await writeFile(log, "");
    await writeFile(config, propertiesOf({ "log.dirs": join(dir, "data"), ...settings }));
    await mkdir(logs);
    for (const path of [config, logs]) await give(path, account);
    const { command, env } = installation.program("storage", { logs, java: QUICK });
    const [program = "", ...first] = command;
    await run(program, [...first, "format", "-t", cluster, "-c", config], { account, env });
    return files;
  } catch (error) {
    await guard.close();
    throw error;
  }
}
