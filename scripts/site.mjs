import { join } from "node:path";
import { must, root, tool } from "./command.mjs";
import { publishedPackages } from "./workspaces.mjs";

/** @typedef {import("./workspaces.mjs").Package} Package */

/** The reference of everything that the packages export, with the guides; complaints are errors. */
export async function buildSite() {
  const packages = await publishedPackages();
  await runTypeDoc(packages, ["--tsconfig", join(root, "tsconfig.docs.json")]);
  return `docs/.site, with ${entryPointsOf(packages).length} entry points of ${packages.length} packages`;
}

/**
 * Entry points and names come from the packages themselves: a new one is documented, or the site fails. Only in the
 * packages named does TypeDoc look for missing comments.
 *
 * @param {readonly Package[]} packages
 * @param {readonly string[]} settings beside those in typedoc.json, or instead of them
 */
export async function runTypeDoc(packages, settings) {
  const args = [
    ...entryPointsOf(packages).flatMap((file) => ["--entryPoints", file]),
    ...packages.flatMap(({ manifest }) => ["--packagesRequiringDocumentation", manifest.name]),
  ];
  const options = join(root, "typedoc.json");
  await must(tool("typedoc"), ["--options", options, "--logLevel", "Warn", ...args, ...settings]);
}

/** @param {readonly Package[]} packages */
function entryPointsOf(packages) {
  return packages.flatMap(({ dir, manifest }) =>
    Object.values(manifest.exports ?? {}).flatMap((entry) =>
      typeof entry === "object" && entry["evenmatch-source"] ? [join(dir, entry["evenmatch-source"])] : [],
    ),
  );
}
