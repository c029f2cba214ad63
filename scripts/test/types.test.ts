import { expect, test } from "vitest";
import { judgeTypes } from "../checks/types.mjs";

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
