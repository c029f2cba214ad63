import { check } from "./check.mjs";
import { checkDocs } from "./docs.mjs";
import { reportAndExit, sum, tallyOf } from "./steps.mjs";
import { runSuites } from "./suites.mjs";

// Everything there is: the check, every Vitest project and every snippet of the docs. All of it runs, also after
// a failure, and the last line says how it went.
const nodes = process.argv.includes("--nodes");

console.log("# check");
const checked = await check({ nodes });
console.log("# suites");
const suites = await runSuites();
console.log("# docs");
const docs = await checkDocs();

reportAndExit(sum([tallyOf(checked), suites, docs]));
