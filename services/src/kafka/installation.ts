import { existsSync } from "node:fs";
import { realpath, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "../process/account.js";
import { findProgram, installPackage, programDirectories } from "../process/programs.js";
import { run } from "../process/run.js";
import { fetchKafka, usualCache } from "./maven.js";

/**
 * Which Kafka is meant: `usual` is what the machine has, of release 3.9 or newer, else 3.9; `newest` is 4.1, or what
 * the machine has where that is newer. 3.9 is the last release that old clients reach, 4 has left out what they spoke.
 */
export type KafkaFlavour = "usual" | "newest";

/** The oldest release that a flavour may be, and the one that is fetched. */
const releases: Record<KafkaFlavour, { least: readonly [major: number, minor: number]; fetched: string }> = {
  usual: { least: [3, 9], fetched: "3.9.2" },
  newest: { least: [4, 1], fetched: "4.1.2" },
};

/** The release that Maven or Docker fetches for a flavour. */
export function fetchedRelease(flavour: KafkaFlavour): string {
  return releases[flavour].fetched;
}

/** Which of Kafka's programs. */
export type KafkaTool = "server" | "storage" | "consumer";

const tools: Record<KafkaTool, { program: string; class: string }> = {
  server: { program: "kafka-server-start", class: "kafka.Kafka" },
  storage: { program: "kafka-storage", class: "kafka.tools.StorageTool" },
  consumer: {
    program: "kafka-console-consumer",
    class: "org.apache.kafka.tools.consumer.ConsoleConsumer",
  },
};

/** A program of Kafka, to be run with arguments. */
export interface KafkaProgram {
  command: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** The programs of one release of Kafka. */
export interface KafkaInstallation {
  /** As Kafka says it: `3.9.2`. */
  version: string;
  /** `path` for the machine's own, `maven` for what was fetched. */
  from: "path" | "maven";
  /** Where an archive of classes belongs with which this release starts faster; none for the machine's own. */
  archive?: string;
  /**
   * @param logs a directory for what a program logs besides what it prints
   * @param java flags of the Java machine
   */
  program(tool: KafkaTool, options: { logs: string; java: readonly string[] }): KafkaProgram;
}

/** Where to look for Kafka. */
export interface KafkaPlaces {
  /** The directories of the machine, in order: for Kafka, `java` and `mvn`. */
  directories: readonly string[];
  /** The program that starts containers. */
  docker: string;
  /** Where what Maven fetched is kept. */
  cache: string;
  /** The package of Debian that root installs where Maven or Java is missing; none where it is left out. */
  debianPackage?: string;
}

/** What to install, for errors about a missing Kafka. */
export const kafkaRemedy =
  "Install Kafka 3.9 or newer (4.1 for the newest), so that kafka-server-start.sh is on PATH, or Java 17 and Maven, " +
  "which fetches it (Debian: apt-get install maven).";

/** PATH and JAVA_HOME, Docker, the user's cache, and Debian's package of Maven, which brings Java along. */
export function usualKafkaPlaces(): KafkaPlaces {
  const home = process.env["JAVA_HOME"];
  const directories = [...(home ? [join(home, "bin")] : []), ...programDirectories()];
  return { directories, docker: "docker", cache: usualCache(), debianPackage: "maven" };
}

/** The machine's own Kafka, of a release that will do for the flavour; undefined where there is none. */
export async function machineKafka(
  flavour: KafkaFlavour,
  { directories }: KafkaPlaces,
): Promise<KafkaInstallation | undefined> {
  for (const dir of directories) {
    // The archive of Kafka calls them `.sh`, some packages do not.
    for (const suffix of [".sh", ""]) {
      const found = await findProgram(`${tools.server.program}${suffix}`, [dir]);
      // Kafka's scripts look for its libraries beside themselves, and do not follow a link on PATH.
      const server = found === undefined ? undefined : await realpath(found);
      const version = server === undefined ? undefined : await versionOf(server);
      if (server === undefined || version === undefined || !isEnough(version, flavour)) continue;
      return {
        version,
        from: "path",
        program: (tool, { logs, java }) => ({
          command: [join(dirname(server), `${tools[tool].program}${suffix}`)],
          env: { ...scriptsLogTo(logs), KAFKA_HEAP_OPTS: MEMORY, KAFKA_JVM_PERFORMANCE_OPTS: java.join(" ") },
        }),
      };
    }
  }
  return undefined;
}

const MEMORY = "-Xmx512m";

/** Kafka's scripts take flags from the environment. They would log within the installation, and keep Java's log too. */
function scriptsLogTo(logs: string): Record<string, string> {
  return { LOG_DIR: logs, EXTRA_ARGS: "" };
}

/** Asking takes a second; programs do not change while we run. */
const versions = new Map<string, Promise<string | undefined>>();

async function versionOf(server: string): Promise<string | undefined> {
  const ask = async () => {
    const logs = await temporaryDirectory("kafka-version", undefined);
    const said = await run(server, ["--version"], { env: scriptsLogTo(logs) }).catch(() => "");
    await rm(logs, { recursive: true });
    return /^(\d+\.\d+\.\d+\S*)/m.exec(said)?.[1];
  };
  const version = versions.get(server) ?? ask();
  versions.set(server, version);
  return version;
}

function isEnough(version: string, flavour: KafkaFlavour): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = releases[flavour].least;
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/**
 * Kafka as Maven fetches it; undefined where Java 17 or Maven is missing and cannot be installed.
 *
 * @throws Error with what Maven said, where it cannot fetch it
 */
export async function mavenKafka(
  flavour: KafkaFlavour,
  places: KafkaPlaces,
): Promise<KafkaInstallation | undefined> {
  const java = await obtain("java", places);
  const maven = java === undefined ? undefined : await obtain("mvn", places);
  const build = java === undefined ? undefined : await buildOf(java);
  if (java === undefined || maven === undefined || build === undefined) return undefined;
  const version = releases[flavour].fetched;
  const libraries = await fetchKafka(version, { maven, cache: places.cache });
  const archive = `${libraries}-java-${build}`;
  return {
    version,
    from: "maven",
    archive,
    program: (tool, options) => ({
      command: [
        ...[java, MEMORY, ...options.java, ...LOG],
        ...(existsSync(join(archive, ARCHIVE)) ? [`-XX:SharedArchiveFile=${join(archive, ARCHIVE)}`] : []),
        ...["-cp", join(libraries, "*"), tools[tool].class],
      ],
      env: {},
    }),
  };
}

/** The file in the directory of an archive. Where the archive could not be made, there is none. */
export const ARCHIVE = "classes.jsa";

/** Neither Java nor the logger that is fetched with Kafka prints to the standard output. */
const LOG = [
  "-Xlog:disable",
  "-Xlog:all=warning:stderr",
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
];

async function obtain(name: string, places: KafkaPlaces): Promise<string | undefined> {
  const there = await findProgram(name, places.directories);
  if (there !== undefined || places.debianPackage === undefined) return there;
  await installPackage(places.debianPackage);
  return findProgram(name, places.directories);
}

/** Which build of Java 17 or newer it is; undefined of older ones, of which 8 does not even know the option. */
async function buildOf(java: string): Promise<string | undefined> {
  const said = await run(java, ["--version"]).catch(() => "");
  const [, release, build] = /^\S+ (\d+)[^]*?\(build ([^),\s]+)/.exec(said) ?? [];
  return Number(release ?? 0) >= 17 ? build?.replace(/[^\w.+-]/g, "_") : undefined;
}

/**
 * The machine's own Kafka, else what Maven fetches.
 *
 * @throws Error saying what to install, where there is neither.
 */
export async function obtainKafka(
  flavour: KafkaFlavour,
  places: KafkaPlaces = usualKafkaPlaces(),
): Promise<KafkaInstallation> {
  const found = (await machineKafka(flavour, places)) ?? (await mavenKafka(flavour, places));
  if (found !== undefined) return found;
  throw new Error(`No programs of Kafka were found for the flavour "${flavour}". ${kafkaRemedy}`);
}
