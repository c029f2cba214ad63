import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { madeBy } from "../../src/migration/migration.js";
import { MIGRATIONS } from "../../src/migration/migrations.js";

// A released migration is never edited: what is to change comes as another one. What is not released yet may change,
// and its checksum with it.
it.each(MIGRATIONS)("migration $version ($name) is what it was when it was pinned", ({ sql, checksum }) => {
  expect(createHash("sha256").update(sql).digest("hex")).toBe(checksum);
});

it("counts its migrations from 1, and names each", () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  for (const { name } of MIGRATIONS) expect(name).toMatch(/^[a-z]+$/);
});

it("makes no name twice", () => {
  const names = MIGRATIONS.flatMap(madeBy).map(({ name }) => name);
  expect(names).toContain("match_sessions");
  expect(names).toContain("match_sessions_time");
  expect(new Set(names).size).toBe(names.length);
});
