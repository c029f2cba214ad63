import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compileAll, judgeTypes } from "../checks/types.mjs";

const compiled = { files: ["packages/core/src/index.ts"], errors: "" };

test("files that all compile pass, and so do the consumers, which are compiled elsewhere", () => {
  const sources = ["packages/core/src/index.ts", "scripts/consumers/esm/main.ts"];
  expect(judgeTypes([compiled], sources)).toBe("1 projects, 2 files");
});

test("a file in no project fails", () => {
  expect(() => judgeTypes([compiled], ["docs/lost.ts"])).toThrow("docs/lost.ts is in no TypeScript project");
});

test("a project that does not compile fails", () => {
  expect(() => judgeTypes([{ files: [], errors: "TS2322" }], [])).toThrow("TS2322");
});

test("nothing to compile fails", () => {
  expect(() => judgeTypes([], [])).toThrow("no TypeScript project was found");
});

test("each project is compiled by its own settings, and what it imports in the project that includes it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "evenmatch-types-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const settings = { strict: true, module: "NodeNext", types: [], noEmit: true };
  const files = {
    "a/tsconfig.json": JSON.stringify({ compilerOptions: settings, include: ["."] }),
    "a/one.ts": "export const one: number = 'one';\nexport const lax = (given) => given;\n",
    "b/tsconfig.json": JSON.stringify({ compilerOptions: { ...settings, strict: false }, include: ["."] }),
    "b/two.ts": "import { one } from '../a/one.js';\nexport const lax = (given) => one.missing(given);\n",
    "c/tsconfig.json": JSON.stringify({ compilerOptions: settings, include: ["."] }),
    "c/fine.ts": "import { one } from '../a/one.js';\nexport const two = one + 1;\n",
    "d/tsconfig.json": JSON.stringify({ compilerOptions: { strct: true }, include: ["."] }),
    "d/fine.ts": "export {};\n",
    "e/tsconfig.json": "not a project",
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const compiled = await compileAll(
    ["a", "b", "c", "d", "e"].map((name) => join(folder, name, "tsconfig.json")),
  );
  const [a, b, c, d, e] = compiled.map(({ errors }) => errors);
  expect(a).toMatch(/one\.ts\(1,14\): error TS2322[^]*one\.ts\(2,21\): error TS7006/);
  expect(b).toMatch(/two\.ts\(2,35\): error TS2339/);
  expect(b).not.toContain("one.ts");
  expect(b).not.toContain("TS7006");
  expect(c).toBe("");
  expect(d).toMatch(/tsconfig\.json.*error TS5025/);
  expect(e).toContain("error TS");
  expect(compiled.map(({ files }) => files.length)).toEqual([1, 1, 1, 1, expect.any(Number)]);
});
