import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const tsx = resolve(import.meta.dirname, "../../../node_modules/.bin/tsx");
const main = resolve(import.meta.dirname, "../main.ts");

test("prints its matches and ends by itself", async () => {
  const { stdout, stderr } = await promisify(execFile)(tsx, ["--conditions=evenmatch-source", main]);
  expect(stderr).toBe("");
  const lines = stdout.trim().split("\n");
  expect(lines).toEqual([
    "cid (1490) plays ann (1510), quality 0.80",
    "dee (1790) plays bob (1820), quality 0.70",
    "eve (1300) plays fay (1305), quality 0.95",
    "fay plays in eu",
  ]);
});
