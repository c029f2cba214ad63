import type { MatchFilter } from "@evenmatch/core";
import { BUSY_PLAYER, fillHistory, HISTORY_START, HISTORY_STEP } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate, postgresMatchStore, type PoolLike, type Statement } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { match, ticket } from "./making.js";

const MATCHES = 100_000;
const END = HISTORY_START + (MATCHES / 5) * HISTORY_STEP;
const MIDDLE = (HISTORY_START + END) / 2;

/** What Postgres did for a part of a statement. */
interface Node {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly Node[];
}

/** A pool that has every statement explained, and run as well. */
class Explaining {
  readonly plans: Node[] = [];
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  get pool(): PoolLike {
    return {
      query: async (statement: Statement) => {
        const { rows } = await this.#pool.query<{ "QUERY PLAN": [{ Plan: Node }] }>({
          ...statement,
          text: `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
        });
        for (const row of rows) this.plans.push(row["QUERY PLAN"][0].Plan);
        return this.#pool.query(statement);
      },
      connect: (taken) => this.#pool.connect(taken),
    };
  }
}

function nodesOf(plan: Node): Node[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** How many rows a part of a statement looked at: also those that it threw away. */
function rowsRead(node: Node): number {
  const thrownAway = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Index Recheck"] ?? 0);
  return Math.round((node["Actual Rows"] + thrownAway) * node["Actual Loops"]);
}

/** Every way to ask: who, which queue, which time, which page. */
function filters(): MatchFilter[] {
  const pages = [{ limit: 1 }, { limit: 50 }, { limit: 1_000 }, { limit: 50, after: `${MIDDLE}~duel.eu.0` }];
  const times = [
    {},
    { from: MIDDLE },
    { until: MIDDLE },
    { from: MIDDLE, until: MIDDLE + 60_000 },
    { from: HISTORY_START, until: END },
  ];
  return [undefined, BUSY_PLAYER, "player-7", "nobody"].flatMap((playerId) =>
    [undefined, "duel", "rare", "none"].flatMap((queue) =>
      times.flatMap((time) => pages.map((page) => ({ playerId, queue, ...time, ...page }))),
    ),
  );
}

/** Asks for every page up to a size, looks at how it was read, and tells how many matches were found. */
async function checkPages(database: TestDatabase, largest: number): Promise<number> {
  const explaining = new Explaining(database.admin);
  const store = postgresMatchStore(explaining.pool);
  await store.list({ limit: 1 }, {});
  let found = 0;
  for (const filter of filters()) {
    if ((filter.limit ?? 0) > largest) continue;
    explaining.plans.length = 0;
    const { matches } = await store.list(filter, {});
    found += matches.length;
    const nodes = explaining.plans.flatMap(nodesOf);
    const scans = nodes.filter((node) => node["Node Type"].includes("Scan"));
    const said = JSON.stringify({ filter, plans: explaining.plans }, undefined, 1);
    expect(scans.length, said).toBeGreaterThan(0);
    for (const node of nodes) {
      expect(node["Node Type"], said).not.toBe("Seq Scan");
      // One more than the page holds says whether there is another.
      expect(rowsRead(node), said).toBeLessThanOrEqual((filter.limit ?? 0) + 1);
    }
  }
  return found;
}

describe.each(sharedPostgres())(
  "on Postgres $version, whose statistics are of a nearly empty table",
  (server) => {
    it("has every page read from an index, and no more rows than it holds", { timeout: 60_000 }, async () => {
      await using database = await TestDatabase.on(server);
      await migrate(database.admin);
      const tables = ["match_sessions", "match_players"].map((table) => `evenmatch.${table}`);
      for (const table of tables)
        await database.admin.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
      const one = match("duel.eu.m", [[ticket("t", [{ id: BUSY_PLAYER, rating: 1 }])]], { queue: "duel" });
      await postgresMatchStore(database.admin).save([one], {});
      await database.admin.query(`VACUUM ANALYZE ${tables.join(", ")}`);
      await fillHistory(database.url, {
        schema: "evenmatch",
        matches: MATCHES,
        players: 1_000,
        unanalysed: true,
      });
      // A thousand rows by chance may cost more than such a table from end to end, for all that is known of it.
      expect(await checkPages(database, 50)).toBeGreaterThan(1_000);
    });
  },
);

describe.each(sharedPostgres())("among 100,000 matches on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
    await migrate(database.admin);
    await fillHistory(database.url, { schema: "evenmatch", matches: MATCHES, players: 1_000 });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("has every page read from an index, and no more rows than it holds", { timeout: 60_000 }, async () => {
    expect(await checkPages(database, 1_000)).toBeGreaterThan(10_000);
  });

  it("has a match and a report find theirs by its id", async () => {
    const { matches } = await postgresMatchStore(database.admin).list({ limit: 1 }, {});
    const id = matches[0]!.match.id;
    const explaining = new Explaining(database.admin);
    const store = postgresMatchStore(explaining.pool);
    // The first call looks at the schema besides.
    await store.get(id, {});
    const before = explaining.plans.length;
    await store.get(id, {});
    await store.report(id, { winner: 0 }, {});
    const nodes = explaining.plans.slice(before).flatMap(nodesOf);
    expect(nodes.map((node) => node["Node Type"])).toContain("Index Scan");
    expect(nodes.map((node) => node["Node Type"])).not.toContain("Seq Scan");
  });

  it("has the matches before a time deleted by an index, with their players", async () => {
    const batch = `DELETE FROM evenmatch.match_sessions WHERE id IN (SELECT id FROM evenmatch.match_sessions
      WHERE created_at < $1 ORDER BY created_at LIMIT 1000)`;
    const explaining = new Explaining(database.admin);
    await explaining.pool.query({ text: batch, values: [new Date(MIDDLE)] });
    const nodes = explaining.plans.flatMap(nodesOf);
    expect(nodes.map((node) => node["Node Type"])).not.toContain("Seq Scan");
    for (const node of nodes) expect(rowsRead(node)).toBeLessThanOrEqual(1_000);
    // Explained and run: twice a thousand, and two players of each.
    const [left] = await database.rows<{ sessions: number; players: number }>(
      `SELECT (SELECT count(*)::int FROM evenmatch.match_sessions) AS sessions,
              (SELECT count(*)::int FROM evenmatch.match_players) AS players`,
    );
    expect(left).toEqual({ sessions: MATCHES - 2_000, players: 2 * MATCHES - 4_000 });
  });
});
