import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { must, root, tool } from "./command.mjs";
import { buildSite } from "./site.mjs";
import { checkSnippets, readPages } from "./snippets.mjs";
import { reportAndExit, runSteps, sum, tallyOf } from "./steps.mjs";

/** @typedef {import("./steps.mjs").Tally} Tally */

/**
 * Generates what is generated, builds the site and executes every snippet.
 *
 * @param {{ write: boolean }} [options] write: renew generated pages; else a page that is out of date fails
 * @returns {Promise<Tally>}
 */
export async function checkDocs({ write } = { write: false }) {
  // The pages are renewed before anybody reads them.
  const generated = await runSteps(
    existsSync(join(root, generator)) ? [{ name: "generated pages", run: () => generatePages(write) }] : [],
  );
  const [site, executed] = await Promise.all([runSteps([{ name: "site", run: buildSite }]), snippets()]);
  return sum([tallyOf(generated), tallyOf(site), executed]);
}

const generator = "scripts/generate-docs.ts";

/** @param {boolean} write */
async function generatePages(write) {
  await must(tool("tsx"), ["--conditions=evenmatch-source", generator, ...(write ? [] : ["--check"])]);
  return write ? "written" : "up to date";
}

/** @returns {Promise<Tally>} */
async function snippets() {
  try {
    return await checkSnippets(await readPages());
  } catch (error) {
    console.log(`✗ snippets: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1 };
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  reportAndExit(await checkDocs({ write: !process.argv.includes("--check") }));
}
