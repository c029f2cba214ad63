import { join } from "node:path";
import { root, run, tool } from "../command.mjs";

/**
 * @typedef {object} Cruise
 * @property {{ source: string }[]} modules
 * @property {{ violations: { from: string, to: string, rule: { name: string } }[] }} summary
 */

/** Looks for circular imports and for imports across the boundaries that .dependency-cruiser.cjs draws. */
export async function checkImports() {
  return judgeImports(
    await cruise(root, ["packages", "examples", "benchmarks", "services", "soak", "scripts"]),
  );
}

/**
 * @param {string} cwd
 * @param {readonly string[]} folders
 * @returns {Promise<Cruise>}
 */
export async function cruise(cwd, folders) {
  const config = join(root, ".dependency-cruiser.cjs");
  const args = ["--config", config, "--output-type", "json", ...folders];
  const { stdout, output } = await run(tool("depcruise"), args, { cwd });
  try {
    /** @type {unknown} */
    const found = JSON.parse(stdout);
    return /** @type {Cruise} */ (found);
  } catch {
    throw new Error(`dependency-cruiser gave no result\n${output}`);
  }
}

/**
 * @param {Cruise} found
 * @returns {string}
 */
export function judgeImports({ modules, summary }) {
  const core = modules.filter(({ source }) => source.startsWith("packages/core/src/"));
  if (core.length === 0) throw new Error("no module of packages/core/src was looked at");
  const broken = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  if (broken.length > 0) throw new Error(broken.join("\n"));
  return `${modules.length} modules, of them ${core.length} of the core's sources`;
}
