import { join } from "node:path";
import { must, root } from "../command.mjs";
import { repositoryFiles, sourceFiles } from "../workspaces.mjs";

// The consumers are compiled against the packed tarballs, in a directory of their own.
const COMPILED_ELSEWHERE = /^scripts\/consumers\//;

/**
 * Compiles every project of the repository, tests and scripts included. A source file that no project compiles is
 * a failure too, so that no code escapes the check by lying in the wrong place.
 */
export async function checkTypes() {
  const projects = (await repositoryFiles("tsconfig.json", "**/tsconfig.json")).filter(
    (file) => !COMPILED_ELSEWHERE.test(file),
  );
  return judgeTypes(await compileAll(projects), await sourceFiles());
}

/** @typedef {import("./compile.mjs").Compiled} Compiled */

/**
 * @param {readonly Compiled[]} results
 * @param {readonly string[]} sources every source file of the repository
 */
export function judgeTypes(results, sources) {
  const compiled = new Set(results.flatMap(({ files }) => files));
  const forgotten = sources.filter((file) => !compiled.has(file) && !COMPILED_ELSEWHERE.test(file));
  const complaints = [
    ...results.map(({ errors }) => errors).filter(Boolean),
    ...forgotten.map((file) => `${file} is in no TypeScript project`),
  ];
  if (results.length === 0) complaints.push("no TypeScript project was found");
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
  return `${results.length} projects, ${sources.length} files`;
}

/**
 * @param {readonly string[]} projects paths of tsconfig files
 * @returns {Promise<Compiled[]>}
 */
export async function compileAll(projects) {
  const { stdout } = await must(process.execPath, [join(root, "scripts/checks/compile.mjs"), ...projects]);
  /** @type {unknown} */
  const compiled = JSON.parse(stdout);
  return /** @type {Compiled[]} */ (compiled);
}
