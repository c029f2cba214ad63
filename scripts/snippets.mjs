import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mapBounded, root, run, tool } from "./command.mjs";
import { repositoryFiles } from "./workspaces.mjs";

/**
 * @typedef {object} Snippet
 * @property {string} page
 * @property {number} line of its first line of code in the page
 * @property {string} code every line stands where it stands in the page, so a compiler's message points there
 * @property {boolean} runs
 * @property {string[]} prints lines that stdout has to have, in this order; others may come between them
 */

/** @typedef {import("./steps.mjs").Tally} Tally */

const PAGES = ["README.md", "docs/**/*.md", "packages/*/README.md", "examples/*/README.md"];
const SOURCES = ["packages/*/src/**/*.ts"];

/** @typedef {{ page: string, text: string }} Page */

/**
 * Compiles every `ts` block of the pages, and runs those that are not compile-only.
 *
 * @param {readonly Page[]} pages
 * @param {number} [limitMs] a snippet that has not ended by itself by then fails
 * @returns {Promise<Tally>}
 */
export async function checkSnippets(pages, limitMs = 30_000) {
  const byPage = pages.map(({ page, text }) => extractSnippets(page, text));
  for (const [first, ...others] of byPage) if (first) console.log(`${first.page}: ${others.length + 1}`);
  const snippets = byPage.flat();
  if (snippets.length === 0) throw new Error("no page holds a snippet");

  const dir = await snippetFolder();
  /** @type {Opened[]} */
  const servers = [];
  try {
    const errors = await compileAll(dir, snippets);
    for (const kind of SERVERS) servers.push(await openServers(kind, snippets));
    const failures = await mapBounded(snippets, async (snippet) => {
      const env = Object.fromEntries(servers.flatMap(({ environmentOf }) => environmentOf(snippet)));
      const broken =
        errors.get(fileOf(snippet)) ?? (snippet.runs ? await execute(dir, snippet, limitMs, env) : undefined);
      if (broken !== undefined) console.log(`✗ ${snippet.page}:${snippet.line}\n${broken}`);
      return broken !== undefined;
    });
    const failed = failures.filter(Boolean).length;
    const ran = snippets.filter(({ runs }) => runs).length;
    console.log(
      `${snippets.length} snippets of ${pages.length} pages compiled, ${ran} run, ${failed} failed`,
    );
    return { passed: snippets.length - failed, failed };
  } finally {
    for (const { close } of servers) await close();
    await rm(dir, { recursive: true, force: true });
  }
}

// What a snippet may ask for by naming the variable, and the program that gives each one of them that is empty.
const SERVERS = [
  { variable: "DATABASE_URL", program: "scripts/snippet-databases.ts" },
  { variable: "REDIS_URL", program: "scripts/snippet-redis.ts" },
  { variable: "KAFKA_BROKERS", program: "scripts/snippet-kafka.ts" },
];

/**
 * A real server, or an empty part of one, for each snippet that asks for it.
 *
 * @typedef {{ environmentOf: (snippet: Snippet) => [string, string][], close: () => Promise<void> }} Opened
 * @param {{ variable: string, program: string }} kind
 * @param {readonly Snippet[]} snippets
 * @returns {Promise<Opened>}
 */
async function openServers({ variable, program }, snippets) {
  const asking = snippets.filter(({ runs, code }) => runs && code.includes(variable));
  if (asking.length === 0) return { environmentOf: () => [], close: async () => {} };
  const args = ["--conditions=evenmatch-source", program, String(asking.length)];
  const child = spawn(tool("tsx"), args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  for await (const line of createInterface(child.stdout)) {
    /** @type {unknown} */
    const given = JSON.parse(line);
    const urls = /** @type {string[]} */ (given);
    const close = async () => {
      child.stdin.end();
      await ended;
    };
    return {
      environmentOf: (snippet) => {
        const url = urls[asking.indexOf(snippet)];
        return url === undefined ? [] : [[variable, url]];
      },
      close,
    };
  }
  throw new Error(`no server was found for the snippets that ask for ${variable}`);
}

/** Inside the repository, so that a snippet finds the packages; one for each run, so that two do not meet. */
async function snippetFolder() {
  const parent = join(root, ".snippets");
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, "run-"));
}

/**
 * Every page of the docs, and the doc comments of every published source file.
 *
 * @returns {Promise<Page[]>}
 */
export async function readPages() {
  /** @param {string} file */
  const read = (file) => readFile(join(root, file), "utf8");
  const pages = await repositoryFiles(...PAGES);
  const sources = await repositoryFiles(...SOURCES);
  return Promise.all([
    ...pages.map(async (page) => ({ page, text: await read(page) })),
    ...sources.map(async (page) => ({ page, text: uncomment(await read(page)) })),
  ]);
}

/**
 * The doc comments of a source file as a page; every other line is left empty, so the line numbers stay.
 *
 * @param {string} text
 */
export function uncomment(text) {
  return text
    .split("\n")
    .map((line) => /^\s*\* ?(.*)$/.exec(line)?.[1] ?? "")
    .join("\n");
}

/**
 * The `ts` blocks of a page. An HTML comment right before a block says how to treat it:
 * `snippet: compile-only: <reason>` or `snippet: continues` (what the block before has declared is there).
 *
 * @param {string} page
 * @param {string} text
 * @returns {Snippet[]}
 */
export function extractSnippets(page, text) {
  const lines = text.split("\n");
  /** @type {Snippet[]} */
  const snippets = [];
  for (let at = 0; at < lines.length; at++) {
    const language = /^\s*```(\w+)/.exec(lines[at] ?? "")?.[1];
    if (language === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && /^\s*```\s*$/.test(line));
    if (end < 0) throw new Error(`${page}:${at + 1} opens a block that is never closed`);
    if (/^(typescript|js|javascript|tsx)$/.test(language)) {
      throw new Error(`${page}:${at + 1} is a block of “${language}”: call it “ts”, so that it is executed`);
    }
    if (language === "ts") snippets.push(makeSnippet(page, lines, at, end, snippets.at(-1)));
    at = end;
  }
  return snippets;
}

/**
 * @param {string} page
 * @param {readonly string[]} lines
 * @param {number} open index of the line that opens the block
 * @param {number} end index of the line that closes it
 * @param {Snippet | undefined} previous
 * @returns {Snippet}
 */
function makeSnippet(page, lines, open, end, previous) {
  const mark = directiveBefore(lines, open);
  const [word, reason] = (mark ?? "").split(/:\s*/, 2);
  if (mark !== undefined && word !== "continues" && word !== "compile-only") {
    throw new Error(`${page}:${open + 1} is marked “snippet: ${mark}”, which means nothing`);
  }
  if (word === "compile-only" && !reason) {
    throw new Error(`${page}:${open + 1} is compile-only without a reason`);
  }
  if (word === "continues" && previous === undefined) {
    throw new Error(`${page}:${open + 1} continues a block, but it is the first of its page`);
  }
  const body = lines.slice(open + 1, end);
  const before = word === "continues" && previous ? previous.code.split("\n") : [];
  const padding = Array.from({ length: open + 1 - before.length }, () => "");
  return {
    page,
    line: open + 2,
    code: [...before, ...padding, ...body].join("\n"),
    runs: word !== "compile-only" && (word !== "continues" || previous?.runs === true),
    prints: body.flatMap((line) => /\/\/ prints: (.+?)\s*$/.exec(line)?.[1] ?? []),
  };
}

/**
 * @param {readonly string[]} lines
 * @param {number} open
 */
function directiveBefore(lines, open) {
  let at = open - 1;
  while (at >= 0 && lines[at]?.trim() === "") at--;
  return /^\s*<!--\s*snippet:\s*(.+?)\s*-->\s*$/.exec(lines[at] ?? "")?.[1];
}

/** @param {Snippet} snippet */
function fileOf({ page, line }) {
  return `${page.replaceAll("/", "+")}+L${line}.ts`;
}

/**
 * Compiles all snippets in one program and sorts the messages by snippet.
 *
 * @param {string} dir
 * @param {readonly Snippet[]} snippets
 * @returns {Promise<Map<string, string>>} what is wrong with a file
 */
async function compileAll(dir, snippets) {
  await Promise.all(snippets.map((snippet) => writeFile(join(dir, fileOf(snippet)), snippet.code)));
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { moduleDetection: "force" },
    include: ["*.ts"],
  };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(dir, "package.json"), JSON.stringify({ type: "module" }));
  const { code, output } = await run(tool("tsc"), ["-p", ".", "--pretty", "false"], { cwd: dir });
  /** @type {Map<string, string>} */
  const errors = new Map();
  const elsewhere = [];
  let current = "";
  for (const line of output.split("\n").filter(Boolean)) {
    if (!line.startsWith(" ")) current = /^([^(]+)\(\d+,\d+\): error/.exec(line)?.[1] ?? "";
    if (snippets.some((snippet) => fileOf(snippet) === current)) {
      errors.set(current, `${errors.get(current) ?? ""}    ${line}\n`);
    } else {
      elsewhere.push(line);
    }
  }
  if (elsewhere.length > 0 || (code !== 0 && errors.size === 0)) {
    throw new Error(`the snippets could not be compiled\n${elsewhere.join("\n")}`);
  }
  return errors;
}

/**
 * @param {string} dir
 * @param {Snippet} snippet
 * @param {number} timeoutMs
 * @param {Record<string, string>} env where its servers are
 * @returns {Promise<string | undefined>} what went wrong
 */
async function execute(dir, snippet, timeoutMs, env) {
  // Node itself with tsx inside, as the tsx command would leave its child running when it is killed.
  const args = ["--import", "tsx", "--conditions=evenmatch-source", fileOf(snippet)];
  const { code, stdout, output, timedOut } = await run(process.execPath, args, {
    cwd: dir,
    timeoutMs,
    env,
  });
  if (timedOut) return `    did not end by itself within ${timeoutMs / 1000} s\n${output}`;
  if (code !== 0) return `    exited with ${code}\n${output}`;
  const missing = firstMissing(snippet.prints, stdout);
  return missing === undefined ? undefined : `    did not print “${missing}” but\n${stdout}`;
}

/**
 * The first line that a snippet promises and does not print after those before it.
 *
 * @param {readonly string[]} promised
 * @param {string} stdout
 * @returns {string | undefined}
 */
function firstMissing(promised, stdout) {
  let left = stdout.split("\n").map((line) => line.trimEnd());
  return promised.find((text) => {
    const at = left.indexOf(text);
    left = left.slice(at + 1);
    return at < 0;
  });
}
