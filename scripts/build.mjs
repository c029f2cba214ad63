import { pathToFileURL } from "node:url";
import { must, tool } from "./command.mjs";
import { publishedPackages } from "./workspaces.mjs";

/** Builds every published package with its own tsup.config.ts, dependencies first. */
export async function build() {
  const packages = await publishedPackages();
  for (const { dir } of packages) await must(tool("tsup"), ["--silent"], { cwd: dir });
  return packages.map(({ manifest }) => manifest.name).join(", ");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(`built ${await build()}`);
}
