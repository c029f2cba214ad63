import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { checkBrowser, checkConsumer, checkSize } from "./checks/consumers.mjs";
import { checkFormat } from "./checks/format.mjs";
import { checkImports } from "./checks/imports.mjs";
import { checkLint } from "./checks/lint.mjs";
import { checkNode, nodeMajors } from "./checks/nodes.mjs";
import { checkTarballs, makeConsumer, packAll } from "./checks/tarballs.mjs";
import { checkTypes } from "./checks/types.mjs";
import { reportAndExit, runSteps, tallyOf } from "./steps.mjs";

/**
 * Everything that can be said about the code without its tests.
 *
 * @param {{ nodes: boolean }} options nodes: also run the packed library on other releases of Node
 */
export async function check({ nodes }) {
  const dir = await mkdtemp(join(tmpdir(), "evenmatch-check-"));
  try {
    // Nearly all of them compute on one core; the lint, which takes longest, comes first.
    return await runSteps(stepsIn(dir, nodes), 2);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * @param {string} dir for the tarballs and the projects that install them
 * @param {boolean} nodes
 * @returns {import("./steps.mjs").Step[]}
 */
function stepsIn(dir, nodes) {
  const tarballs = once(async () => {
    await build();
    return packAll(dir);
  });
  const esm = once(async () => makeConsumer("esm", await tarballs(), dir));
  const cjs = once(async () => makeConsumer("cjs", await tarballs(), dir));
  return [
    { name: "lint", run: checkLint },
    { name: "types", run: checkTypes },
    { name: "formatting", run: checkFormat },
    { name: "imports", run: checkImports },
    { name: "tarballs", run: async () => checkTarballs(await tarballs()) },
    { name: "ESM consumer", run: async () => checkConsumer(await esm(), "bundler") },
    { name: "CommonJS consumer", run: async () => checkConsumer(await cjs()) },
    { name: "browser bundle", run: async () => checkBrowser(await esm()) },
    { name: "size", run: async () => checkSize(await esm()) },
    ...(nodes ? nodeMajors : []).map((major) => ({
      name: `Node ${major}`,
      run: async () => checkNode(major, [await esm(), await cjs()]),
    })),
  ];
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {() => Promise<T>}
 */
function once(work) {
  /** @type {Promise<T> | undefined} */
  let result;
  return () => (result ??= work());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  reportAndExit(tallyOf(await check({ nodes: process.argv.includes("--nodes") })));
}
