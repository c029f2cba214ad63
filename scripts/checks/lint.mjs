import { ESLint } from "eslint";
import { root } from "../command.mjs";
import { sourceFiles } from "../workspaces.mjs";

/** @typedef {import("eslint").ESLint.LintResult} LintResult */

/** Lints the whole repository with type information; warnings count as errors. */
export async function checkLint() {
  const eslint = new ESLint({ cwd: root });
  const files = await sourceFiles();
  return judgeLint(await eslint.lintFiles(files));
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
