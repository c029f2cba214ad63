import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rows } from "./row.js";

// A row that nobody tests is a promise that nobody keeps; a test without a row fails by itself.
test("every row of the docs is a test", () => {
  const here = new URL(".", import.meta.url);
  const files = readdirSync(here).filter((file) => file.endsWith(".test.ts"));
  const sources = files.map((file) => readFileSync(new URL(file, here), "utf8")).join("\n");
  const tested = [...sources.matchAll(/\bfault\(\s*"(.+)",\s*async/g)].map(([, name]) => name);
  const described = rows().map(({ fault }) => fault);
  expect(tested.length).toBeGreaterThan(15);
  expect(new Set(described).size).toBe(described.length);
  expect(tested.sort()).toEqual(described.sort());
});
