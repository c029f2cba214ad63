import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rows } from "./row.js";

// A row that nobody tests is a promise that nobody keeps; a test without a row fails by itself.
test("every row of the docs is a test", () => {
  const tests = new URL("../", import.meta.url);
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" });
  const sources = files
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(new URL(file, tests), "utf8"))
    .join("\n");
  const tested = [...sources.matchAll(/\bfault\(\s*"(.+)",\s*async/g)].map(([, name]) => name);
  const described = rows().map(({ fault }) => fault);
  expect(tested.length).toBeGreaterThan(30);
  expect(new Set(described).size).toBe(described.length);
  expect(tested.sort()).toEqual(described.sort());
});
