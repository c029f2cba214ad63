import { sharedPostgres } from "@evenmatch/services/vitest";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { grants, migrate } from "../src/index.js";
import { TestDatabase } from "./databases.js";

/** Every block of SQL that the docs show, statement by statement. */
async function statementsOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  const blocks = Array.from(text.matchAll(/```sql\n(.*?)```/gs), ([, block]) => block!);
  return blocks.flatMap((block) => block.split(/;\n/)).filter((statement) => statement.trim() !== "");
}

/** Those that read: what dashboards show. */
function isQuery(statement: string): boolean {
  return /^SELECT\b/.test(statement.replaceAll(/^\s*(--.*)?\n/gm, ""));
}

describe.each(sharedPostgres())("the docs' SQL on Postgres $version", (server) => {
  it.each(["postgres.md", "postgres-history.md", "postgres-events.md"])(
    "%s can be run as it stands",
    async (page) => {
      await using database = await TestDatabase.on(server);
      await migrate(database.admin);
      const statements = await statementsOf(page);
      expect(statements.length).toBeGreaterThan(0);
      for (const statement of statements) await database.rows(statement);
    },
  );

  it.each([
    ["postgres.md", 5],
    ["postgres-history.md", 1],
    ["postgres-events.md", 4],
  ])("%s can be watched with the rights of the reader", async (page, least) => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin);
    const reader = await database.role("reader");
    await database.admin.query(grants({ reader }));
    const pool = database.pool({ role: reader });
    const queries = (await statementsOf(page)).filter(isQuery);
    expect(queries.length).toBeGreaterThanOrEqual(least);
    for (const query of queries) await pool.query(query);
  });
});
