import { isAbsolute, relative } from "node:path";
import { mapBounded, root, run, tool } from "../command.mjs";
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
  return judgeTypes(await mapBounded(projects, compile), await sourceFiles());
}

/** @typedef {{ files: string[], errors: string }} Compiled what a project compiled, and its messages if it failed */

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
 * @param {string} project
 * @returns {Promise<Compiled>}
 */
async function compile(project) {
  const { code, stdout, output } = await run(tool("tsc"), [
    "-p",
    project,
    "--pretty",
    "false",
    "--listFiles",
  ]);
  const lines = stdout.split("\n").filter(Boolean);
  const files = lines.filter((line) => isAbsolute(line) && !line.includes("/node_modules/"));
  const messages = output.split("\n").filter((line) => line !== "" && !isAbsolute(line));
  return {
    files: files.map((file) => relative(root, file)),
    errors: code === 0 ? "" : [`${project}:`, ...messages].join("\n"),
  };
}
