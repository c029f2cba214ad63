import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mapBounded, must, root, tool } from "../command.mjs";
import { publishedPackages, readManifest } from "../workspaces.mjs";

/** @typedef {{ name: string, file: string, contents: string[] }} Tarball */

// What may lie in a tarball. Sources belong to it: the source maps lead there, and so does "go to definition".
const PUBLISHED_FILE =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+|src\/.+\.(ts|sql|lua|schema\.json))$/;
const REQUIRED_FILES = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.cjs"];

/**
 * Packs every published package as `npm publish` would.
 *
 * @param {string} destination directory
 * @returns {Promise<Tarball[]>}
 */
export async function packAll(destination) {
  return mapBounded(await publishedPackages(), async ({ dir, manifest }) => {
    const args = ["pack", "--json", "--pack-destination", destination];
    const { stdout } = await must("npm", args, { cwd: dir });
    /** @type {unknown} */
    const report = JSON.parse(stdout);
    const [packed] = /** @type {PackReport} */ (report);
    if (!packed) throw new Error(`npm packed nothing of ${manifest.name}`);
    return {
      name: manifest.name,
      file: join(destination, packed.filename),
      contents: packed.files.map(({ path }) => path),
    };
  });
}

/** @typedef {{ filename: string, files: { path: string }[] }[]} PackReport */

/**
 * Each tarball holds what it should and nothing else, and both linters of packages accept it.
 *
 * @param {readonly Tarball[]} tarballs
 */
export async function checkTarballs(tarballs) {
  await mapBounded(tarballs, async ({ name, file, contents }) => {
    judgeContents(name, contents);
    await must(tool("publint"), ["run", file, "--strict"]);
    // Resolution as Node 10 did it knows no "exports" and is not supported.
    await must(tool("attw"), [file, "--profile", "node16"]);
  });
  if (tarballs.length === 0) throw new Error("no tarball was packed");
  return tarballs.map(({ name, contents }) => `${name} ${contents.length} files`).join(", ");
}

/**
 * @param {string} name
 * @param {readonly string[]} contents
 */
export function judgeContents(name, contents) {
  const foreign = contents.filter((path) => !PUBLISHED_FILE.test(path));
  if (foreign.length > 0) throw new Error(`${name} would publish ${foreign.join(", ")}`);
  const missing = REQUIRED_FILES.filter((path) => !contents.includes(path));
  if (missing.length > 0) throw new Error(`${name} would be published without ${missing.join(", ")}`);
}

/**
 * Makes a project of the given kind and installs the tarballs into it. Their own
 * dependencies are copied from this repository's node_modules, so the installation needs no network.
 *
 * @param {"esm" | "cjs"} kind a folder of scripts/consumers
 * @param {readonly Tarball[]} tarballs
 * @param {string} parent directory
 * @returns {Promise<string>} the directory
 */
export async function makeConsumer(kind, tarballs, parent) {
  const dir = join(parent, kind);
  await cp(join(root, "scripts/consumers", kind), dir, { recursive: true });
  const ours = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]));
  const theirs = await dependenciesOf(tarballs.map(({ name }) => name));
  const manifest = {
    name: `consumer-${kind}`,
    private: true,
    type: kind === "cjs" ? "commonjs" : "module",
    dependencies: { ...ours, ...theirs },
    overrides: Object.fromEntries(Object.keys(theirs).map((name) => [name, `$${name}`])),
  };
  await writeFile(join(dir, "package.json"), JSON.stringify(manifest));
  // Without the setting of this repository, npm would link a directory instead of copying it.
  await must("npm", ["install", "--offline", "--install-links", "--no-package-lock", "--no-audit"], {
    cwd: dir,
  });
  return dir;
}

/**
 * All packages outside this repository that the named ones need at run time, with the place of each.
 *
 * @param {readonly string[]} names
 */
async function dependenciesOf(names) {
  /** @type {Record<string, string>} */
  const found = {};
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const dir = join(root, "node_modules", name);
    const { dependencies, peerDependencies, peerDependenciesMeta } = await readManifest(dir);
    const peers = Object.keys(peerDependencies ?? {}).filter((one) => !peerDependenciesMeta?.[one]?.optional);
    const needed = [...Object.keys(dependencies ?? {}), ...peers];
    queue.push(...needed.filter((other) => !(other in found) && !names.includes(other)));
    if (!names.includes(name)) found[name] = `file:${dir}`;
  }
  return found;
}
