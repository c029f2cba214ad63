import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { must, root } from "../command.mjs";
import { runConsumer } from "./consumers.mjs";

/** The releases of Node that the packed library is tried on, beside the one that runs the check. */
export const nodeMajors = [22, 24, 26];

/**
 * Runs both compiled consumers on one release of Node.
 *
 * @param {number} major
 * @param {readonly string[]} consumers directories made by makeConsumer, compiled
 */
export async function checkNode(major, consumers) {
  const node = await nodeOf(major);
  const { stdout } = await must(node, ["--version"]);
  if (!stdout.startsWith(`v${major}.`)) throw new Error(`asked for Node ${major}, got ${stdout.trim()}`);
  for (const dir of consumers) await runConsumer(dir, node);
  return `${stdout.trim()} runs ${consumers.length} consumers`;
}

/**
 * The path of a Node executable, taken once from the npm package that carries it.
 *
 * @param {number} major
 */
async function nodeOf(major) {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const cache = join(root, "node_modules/.cache/node", String(major));
  const file = join(cache, "node_modules", name, "bin", platform === "win" ? "node.exe" : "node");
  if (!existsSync(file)) {
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, "package.json"), "{}");
    await must("npm", ["install", "--no-save", "--no-package-lock", "--no-audit", `${name}@${major}`], {
      cwd: cache,
    });
  }
  return file;
}
