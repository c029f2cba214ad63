import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { serverAccount, temporaryDirectory } from "../process/account.js";
import { makeWhole } from "../process/whole.js";
import { QUICK } from "./files.js";
import { ARCHIVE, type KafkaInstallation } from "./installation.js";
import type { KafkaServer } from "./server.js";

/**
 * Has Java keep the classes of a broker as it has them in memory (class data sharing): whoever starts one later needs
 * half the time. It is made once for each release and each build of Java, by a broker that starts and goes; where that
 * fails, brokers start as they always did.
 *
 * @param start starts a broker with these flags of Java
 */
export async function archiveClasses(
  { archive }: KafkaInstallation,
  start: (java: readonly string[]) => Promise<KafkaServer>,
): Promise<void> {
  if (archive === undefined) return;
  await makeWhole(archive, async (dir) => {
    // Where the broker may write, as whom it runs.
    const own = await temporaryDirectory("kafka-classes", serverAccount());
    const file = join(own, ARCHIVE);
    try {
      await using server = await start([...QUICK, `-XX:ArchiveClassesAtExit=${file}`]);
      await server.shutdown();
      await copyFile(file, join(dir, ARCHIVE)).catch(() => {});
    } finally {
      await rm(own, { recursive: true });
    }
  });
}
