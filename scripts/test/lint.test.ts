import { ESLint } from "eslint";
import { describe, expect, test } from "vitest";
import { judgeLint } from "../checks/lint.mjs";
import { root } from "../command.mjs";

// Each ban beside the proof that it can fail: code that breaks it is linted as if it stood in the named file.
const eslint = new ESLint({ cwd: root });

async function rulesBroken(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: file });
  return result?.messages.map(({ ruleId }) => ruleId) ?? [];
}

const CORE = "packages/core/src/index.ts";
const TESTKIT = "packages/testkit/src/index.ts";

describe.each([CORE, TESTKIT])("in %s", (file) => {
  test.each([
    "Date.now()",
    "new Date()",
    "performance.now()",
    "setTimeout(() => 1, 1)",
    "setInterval(() => 1, 1)",
    "setImmediate(() => 1)",
    "crypto.randomUUID()",
    "globalThis.Date.now()",
    "globalThis.setTimeout(() => 1, 1)",
  ])("time or chance from a global is refused: %s", async (code) => {
    expect(await rulesBroken(file, `export const value: unknown = ${code};\n`)).toContain(
      "no-restricted-globals",
    );
  });

  test.each(["Math.random()", "AbortSignal.timeout(1)"])("and from a property: %s", async (code) => {
    const broken = await rulesBroken(file, `export const value: unknown = ${code};\n`);
    expect(broken).toContain("no-restricted-properties");
  });

  test.each(["node:crypto", "node:timers/promises", "perf_hooks"])(
    "and from a module: %s",
    async (module) => {
      const broken = await rulesBroken(
        file,
        `import * as all from "${module}";\nexport const value: unknown = all;\n`,
      );
      expect(broken).toContain("no-restricted-imports");
    },
  );

  test("console is refused", async () => {
    expect(await rulesBroken(file, `console.log("here");\n`)).toContain("no-console");
  });

  test("a promise that nobody waits for is refused", async () => {
    const code = "export async function one() {}\nexport function two() {\n  one();\n}\n";
    expect(await rulesBroken(file, code)).toEqual(["@typescript-eslint/no-floating-promises"]);
  });

  test("a comment cannot switch a rule off", async () => {
    const code = `// eslint-disable-next-line no-console\nconsole.log("here");\n`;
    expect(await rulesBroken(file, code)).toContain("no-console");
  });

  test("another package's folder is refused", async () => {
    const code = `export * from "../../core/src/clock.js";\n`;
    expect(await rulesBroken(file, code)).toContain("@typescript-eslint/no-restricted-imports");
  });
});

test.each(["node:fs", "fs", "node:events", "node:process"])(
  "the core imports nothing of Node: %s",
  async (module) => {
    const broken = await rulesBroken(
      CORE,
      `import * as all from "${module}";\nexport const value: unknown = all;\n`,
    );
    expect(broken).toContain("no-restricted-imports");
  },
);

test("the files that wrap time and chance may do so", async () => {
  const clock = "export const now = (): number => Date.now();\n";
  const random = "export const next = (): number => Math.random();\n";
  expect(await rulesBroken("packages/core/src/clock.ts", clock)).toEqual([]);
  expect(await rulesBroken("packages/core/src/random.ts", random)).toEqual([]);
});

test("clean code has no complaints", async () => {
  expect(await rulesBroken(CORE, "export const one = 1;\n")).toEqual([]);
});

test("a lint that saw no source of the core fails", () => {
  expect(() => judgeLint([])).toThrow("matched no file");
});

test("a complaint fails the step, a warning too", () => {
  const message = { line: 1, column: 1, message: "wrong", ruleId: "rule", severity: 1 } as const;
  const result = {
    filePath: `${root}/packages/core/src/index.ts`,
    messages: [message],
  } as unknown as ESLint.LintResult;
  expect(() => judgeLint([result])).toThrow("packages/core/src/index.ts:1:1 wrong (rule)");
});
