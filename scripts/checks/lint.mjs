import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ESLint } from "eslint";
import { must, root } from "../command.mjs";
import { sourceFiles } from "../workspaces.mjs";

/** @typedef {Pick<import("eslint").ESLint.LintResult, "filePath" | "messages">} LintResult */

/** In MiB: the types of all workspaces at once take a little more than the 4 GiB that Node allows by itself. */
const MEMORY = 6_144;

/** Lints the whole repository with type information; warnings count as errors. */
export async function checkLint() {
  const program = join(root, "scripts/checks/lint.mjs");
  const { stdout } = await must(process.execPath, [`--max-old-space-size=${MEMORY}`, program]);
  /** @type {unknown} */
  const results = JSON.parse(stdout);
  return judgeLint(/** @type {LintResult[]} */ (results));
}

/** @returns {Promise<LintResult[]>} */
async function lint() {
  const eslint = new ESLint({ cwd: root });
  const results = await eslint.lintFiles(await sourceFiles());
  return results.map(({ filePath, messages }) => ({ filePath, messages }));
}

/**
 * @param {readonly LintResult[]} results
 * @returns {string}
 */
export function judgeLint(results) {
  const inSources = results.filter(({ filePath }) => filePath.includes("/packages/core/src/"));
  if (inSources.length === 0) throw new Error("the lint matched no file of packages/core/src");
  const messages = results.flatMap(({ filePath, messages }) =>
    messages.map(
      (m) => `${filePath.slice(root.length + 1)}:${m.line}:${m.column} ${m.message} (${m.ruleId})`,
    ),
  );
  if (messages.length > 0) throw new Error(messages.join("\n"));
  return `${results.length} files, of them ${inSources.length} of the core's sources`;
}

// A process of its own: it computes for as long as it takes, and nothing else could happen meanwhile.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(JSON.stringify(await lint()));
}
