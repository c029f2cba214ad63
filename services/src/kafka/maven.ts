import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../process/run.js";
import { makeWhole } from "../process/whole.js";

/** The release of the plug-in that copies what a project depends on, and of what prints Kafka's log. */
const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const LOGGER = { group: "org.slf4j", name: "slf4j-simple", version: "1.7.36" };

/** Where what is fetched is kept: root's home would be out of reach for the user as whom root runs servers. */
export function usualCache(): string {
  if (process.getuid?.() === 0) return "/var/cache/evenmatch";
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "evenmatch");
}

/**
 * The directory with the libraries of a release of Kafka, which Maven fetches when they are wanted for the first
 * time. Several processes may want them at once.
 *
 * @param release for example `3.9.2`
 * @throws Error with what Maven said, where it cannot fetch them
 */
export async function fetchKafka(
  release: string,
  { maven, cache }: { maven: string; cache: string },
): Promise<string> {
  const place = join(cache, `kafka-${release}`);
  await makeWhole(place, async (dir) => {
    const project = join(dir, "pom.xml");
    await writeFile(project, projectOf(release));
    const options = [`-DoutputDirectory=${dir}`, "-DincludeScope=runtime"];
    // What arrives damaged is an error.
    const batch = ["--batch-mode", "--quiet", "--strict-checksums"];
    await run(maven, [...batch, "--file", project, PLUGIN, ...options]);
  });
  return place;
}

function projectOf(release: string): string {
  const kafka = (name: string) => ({ group: "org.apache.kafka", name, version: release });
  const dependencies = [kafka("kafka_2.13"), kafka("kafka-tools"), LOGGER].map(dependencyOf).join("\n");
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>evenmatch</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies}
  </dependencies>
</project>
`;
}

/** The tools of 3.9 bring a logger of their own, of which there may be only one. */
function dependencyOf({ group, name, version }: typeof LOGGER): string {
  return `    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${name}</artifactId>
      <version>${version}</version>
      <exclusions><exclusion><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId></exclusion></exclusions>
    </dependency>`;
}
