import { readdir, readFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { must, root } from "./command.mjs";

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 * @property {Record<string, string>} [scripts]
 * @property {Record<string, string | { "evenmatch-source"?: string }>} [exports]
 */

/** @typedef {{ dir: string, manifest: Manifest }} Package */

/**
 * The packages that are published, each after those it depends on.
 *
 * @returns {Promise<Package[]>}
 */
export async function publishedPackages() {
  const parent = resolve(root, "packages");
  const dirs = (await readdir(parent)).map((name) => join(parent, name));
  const packages = await Promise.all(
    dirs
      .filter((dir) => existsSync(join(dir, "package.json")))
      .map(async (dir) => ({ dir, manifest: await readManifest(dir) })),
  );
  const published = packages.filter(({ manifest }) => !manifest.private);
  if (published.length === 0) throw new Error("no package to publish was found under packages/");
  return inDependencyOrder(published);
}

/**
 * @param {readonly Package[]} packages
 * @returns {Package[]}
 */
function inDependencyOrder(packages) {
  const byName = new Map(packages.map((one) => [one.manifest.name, one]));
  /** @type {Set<Package>} */
  const ordered = new Set();
  /** @param {Package} one */
  const visit = (one) => {
    for (const name of Object.keys(one.manifest.dependencies ?? {})) {
      const dependency = byName.get(name);
      if (dependency && !ordered.has(dependency)) visit(dependency);
    }
    ordered.add(one);
  };
  packages.forEach(visit);
  return [...ordered];
}

/**
 * @param {string} dir
 * @returns {Promise<Manifest>}
 */
export async function readManifest(dir) {
  /** @type {unknown} */
  const manifest = JSON.parse(await readFile(join(dir, "package.json"), "utf8"));
  return /** @type {Manifest} */ (manifest);
}

/**
 * The files of the repository that match, as paths relative to its root: committed ones and new ones, but none
 * that git ignores.
 *
 * @param {...string} patterns
 * @returns {Promise<string[]>}
 */
export async function repositoryFiles(...patterns) {
  const { stdout } = await must("git", [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "--",
    // Without `:(glob)` a `**/` stands for at least one folder, and files right below are left out unnoticed.
    ...patterns.map((pattern) => (pattern.includes("**") ? `:(glob)${pattern}` : pattern)),
  ]);
  const files = [...new Set(stdout.split("\n").filter(Boolean))];
  return files.filter((file) => existsSync(join(root, file))).sort();
}

/** Every file of code in the repository. */
export function sourceFiles() {
  return repositoryFiles("*.ts", "*.cts", "*.mts", "*.js", "*.mjs", "*.cjs");
}
