import type { Match } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { migrate, postgresMatchStore, type PostgresMatchStoreOptions } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { refusal } from "../refusal.js";
import { match, NOON, ticket } from "./making.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  let schemas = 0;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  async function opened() {
    const schema = `s${++schemas}`;
    await migrate(database.admin, { schema });
    return { schema, store: postgresMatchStore(database.pool(), { schema }) };
  }

  it("offers no options that would do nothing, and takes those that all stores share", async () => {
    expectTypeOf<keyof PostgresMatchStoreOptions>().toEqualTypeOf<"schema" | "timeoutMs" | "clock">();
    const shared = { schema: (await opened()).schema, pollMs: 200 };
    const store = postgresMatchStore(database.pool(), shared);
    expect((await store.list({}, {})).matches).toEqual([]);
  });

  it("has columns for what people ask for", async () => {
    const { schema, store } = await opened();
    const party = ticket("duo.eu.t1", [
      { id: "ann", rating: 1510.25, attributes: { username: "Ann 🎲", name: "not this" } },
      { id: "bob", rating: -3, attributes: { name: "Bob" } },
    ]);
    const other = ticket("duo.eu.t2", [{ id: "cat", rating: 1e300, attributes: { username: 7 } }], NOON - 1);
    const late = ticket("duo.eu.t3", [{ id: "dan", rating: 0 }], NOON);
    const one = match("duo.eu.m1", [[party], [other, late]], {
      playedIn: "us",
      assignment: { host: "game-7" },
      partition: 3,
    });
    await store.save([one], {});
    await store.report(one.id, { winner: 0 }, {});

    const sessions = await database.rows(
      `SELECT id, game_mode, region, partition, played_in, quality, created_at, assignment, result, match,
              reported_at BETWEEN saved_at AND now() AS in_order FROM ${schema}.match_sessions`,
    );
    expect(sessions).toEqual([
      {
        id: one.id,
        game_mode: "duo",
        region: "eu",
        partition: 3,
        played_in: "us",
        quality: 0.75,
        created_at: new Date(NOON),
        assignment: { host: "game-7" },
        result: { winner: 0 },
        match: one,
        in_order: true,
      },
    ]);
    const players = await database.rows(
      `SELECT match_id, player_id, username, elo, region, team, seed_order, ticket_id, joined_at, game_mode, created_at
       FROM ${schema}.match_players ORDER BY seed_order`,
    );
    const seat = { match_id: one.id, region: "eu", game_mode: "duo", created_at: new Date(NOON) };
    const joined = { ticket_id: party.id, joined_at: new Date(NOON - 5_000) };
    expect(players).toEqual([
      { ...seat, ...joined, player_id: "ann", username: "Ann 🎲", elo: 1510.25, team: 0, seed_order: 1 },
      { ...seat, ...joined, player_id: "bob", username: "Bob", elo: -3, team: 0, seed_order: 2 },
      {
        ...seat,
        ticket_id: other.id,
        joined_at: new Date(NOON - 1),
        player_id: "cat",
        username: null,
        elo: 1e300,
        team: 1,
        seed_order: 3,
      },
      {
        ...seat,
        ticket_id: late.id,
        joined_at: new Date(NOON),
        player_id: "dan",
        username: null,
        elo: 0,
        team: 1,
        seed_order: 4,
      },
    ]);
  });

  it("gives back exactly what it was given", async () => {
    const { store } = await opened();
    const attributes = {
      nul: "a\0b",
      half: "\ud800",
      quotes: `"'\\{}$1$$`,
      lines: "\n\t\u2028",
      empty: "",
      numbers: [0.1 + 0.2, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, 1e21],
      long: "é".repeat(500_000),
    };
    const odd = match("duo.eu.odd", [[ticket("t", [{ id: "a'\"\\,{}", rating: 0.1, attributes }])]], {
      quality: 1 / 3,
      createdAt: 1,
      assignment: { nul: "\0", deep: { __proto: [null, true, [[]], ""] } },
    });
    await store.save([odd], {});
    expect((await store.get(odd.id, {}))?.match).toStrictEqual(odd);
    expect((await store.list({ playerId: "a'\"\\,{}" }, {})).matches).toStrictEqual([{ match: odd }]);
    const result = { nul: "\0", half: "\udfff", number: 0.1 + 0.2 };
    await store.report(odd.id, result, {});
    expect((await store.get(odd.id, {}))?.result).toStrictEqual(result);
  });

  it("saves what is new of a batch, and players of nobody else's match", async () => {
    const { schema, store } = await opened();
    const of = (id: string, player: string): Match =>
      match(id, [[ticket(`t ${id}`, [{ id: player, rating: 1 }])]]);
    await store.save([of("duo.eu.1", "ann")], {});
    await store.save([of("duo.eu.1", "eve"), of("duo.eu.2", "bob"), of("duo.eu.2", "eve")], {});
    expect(
      await database.rows(`SELECT match_id, player_id FROM ${schema}.match_players ORDER BY match_id`),
    ).toEqual([
      { match_id: "duo.eu.1", player_id: "ann" },
      { match_id: "duo.eu.2", player_id: "eve" },
    ]);
  });

  it("saves the same matches from many connections at once", async () => {
    const { schema } = await opened();
    const matches = Array.from({ length: 500 }, (_, index) =>
      match(`duo.eu.m${index}`, [[ticket(`t${index}`, [{ id: `p${index % 7}`, rating: index }])]]),
    );
    const stores = Array.from({ length: 8 }, () => postgresMatchStore(database.pool({ max: 1 }), { schema }));
    await Promise.all(
      stores.map((store, index) => store.save(index % 2 ? matches : [...matches].reverse(), {})),
    );
    const counts = await database.rows(
      `SELECT (SELECT count(*)::int FROM ${schema}.match_sessions) AS sessions,
              (SELECT count(*)::int FROM ${schema}.match_players) AS players`,
    );
    expect(counts).toEqual([{ sessions: 500, players: 500 }]);
  });

  it("saves to a table that has grown as it did when it was small", async () => {
    const { schema } = await opened();
    const tables = ["match_sessions", "match_players"].map((table) => `${schema}.${table}`);
    for (const table of tables)
      await database.admin.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
    let made = 0;
    const next = (): Match => {
      const number = ++made;
      return match(`duel.eu.m${number}`, [[ticket(`t${number}`, [{ id: `p${number}`, rating: 1 }])]]);
    };
    await postgresMatchStore(database.admin, { schema }).save([next(), next()], {});
    await database.admin.query(`VACUUM ANALYZE ${tables.join(", ")}`);
    // One connection, which plans what it does again and again once, and while there is next to nothing.
    const pool = database.pool({ max: 1 });
    const store = postgresMatchStore(pool, { schema });
    for (let round = 0; round < 20; round++) await store.save([next()], {});
    const read = async (): Promise<number> => {
      await pool.query("SELECT pg_stat_force_next_flush()");
      const { rows } = await pool.query<{ read: number }>(
        "SELECT sum(seq_tup_read)::int AS read FROM pg_stat_user_tables WHERE schemaname = $1 AND relname LIKE 'match%'",
        [schema],
      );
      return rows[0]!.read;
    };
    const before = await read();
    await store.save(Array.from({ length: 1_000 }, next), {});
    expect((await read()) - before).toBe(0);
  });

  it("saves batches of any size", async () => {
    const { store } = await opened();
    const note = "x".repeat(1_000_000);
    const matches = Array.from({ length: 12 }, (_, index) =>
      match(`duo.eu.m${index}`, [[ticket(`t${index}`, [{ id: "ann", rating: 1 }])]], {
        assignment: { note },
      }),
    );
    await store.save(matches, {});
    expect((await store.list({ playerId: "ann" }, {})).matches.length).toBe(12);
  });

  it("takes a URL, and ends the connections that it opened", async () => {
    const { schema } = await opened();
    const store = postgresMatchStore(database.url, { schema });
    await store.save([match("duo.eu.m", [])], {});
    await store.close();
    await refusal(store.get("duo.eu.m", {}), "CLOSED");
  });

  it("leaves the application's pool open", async () => {
    const { schema, store } = await opened();
    await using again = store;
    await again.save([], {});
    expect((await postgresMatchStore(database.admin, { schema }).list({}, {})).matches).toEqual([]);
  });

  it("says what is wrong with what it is asked", async () => {
    const { store } = await opened();
    const one = match("duo.eu.m", []);
    await store.save([one], {});
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    for (const result of [null, [], "won", 1, undefined, circle, { big: 1n }]) {
      await refusal(store.report(one.id, result as Record<string, unknown>, {}), "INVALID_REQUEST", "JSON");
    }
    await refusal(store.list({ from: Number.NaN }, {}), "INVALID_REQUEST", "instant");
    await refusal(store.list({ until: "now" as unknown as number }, {}), "INVALID_REQUEST", "instant");
    await refusal(store.get("a\0b", {}), "INVALID_REQUEST");
    await refusal(
      store.save([match(`duo.eu.${Array.from({ length: 20_000 }, (_, index) => index).join("")}`, [])], {}),
      "INVALID_REQUEST",
    );
    expect(await store.get(one.id, {})).toEqual({ match: one });
    expect(() => postgresMatchStore(database.admin, { schema: "" })).toThrow("a schema is");
  });

  it("asks for a migration until there was one, and goes on by itself", async () => {
    const schema = "not yet";
    const store = postgresMatchStore(database.pool(), { schema });
    const migrating = /evenmatch-postgres migrate/;
    await refusal(store.list({}, {}), "STORE_MISCONFIGURED", migrating);
    await database.admin.query(`CREATE SCHEMA "${schema}"`);
    await refusal(store.save([match("duo.eu.m", [])], {}), "STORE_MISCONFIGURED", migrating);
    await migrate(database.admin, { schema });
    await store.save([match("duo.eu.m", [])], {});
    expect((await store.list({}, {})).matches.length).toBe(1);
  });

  it("refuses a schema that is older or newer than itself, before it does anything", async () => {
    const { schema } = await opened();
    const row = (
      await database.rows<{ version: number }>(
        `SELECT * FROM ${schema}.migrations ORDER BY version DESC LIMIT 1`,
      )
    )[0]!;
    const tries = async (message: RegExp): Promise<void> => {
      const store = postgresMatchStore(database.pool(), { schema });
      await refusal(store.save([match("duo.eu.m", [])], {}), "STORE_MISCONFIGURED", message);
      await refusal(store.get("duo.eu.m", {}), "STORE_MISCONFIGURED", message);
      await refusal(store.list({}, {}), "STORE_MISCONFIGURED", message);
      await refusal(store.report("duo.eu.m", {}, {}), "STORE_MISCONFIGURED", message);
    };
    await database.admin.query(
      `UPDATE ${schema}.migrations SET version = version + 1 WHERE version = ${row.version}`,
    );
    await tries(/unchanged/);
    await database.admin.query(`DELETE FROM ${schema}.migrations WHERE version > ${row.version - 1}`);
    await tries(/no older .* received \d+\. Run `npx .* migrate`/);
    await database.admin.query(
      `INSERT INTO ${schema}.migrations SELECT $1, $2, $3`,
      Object.values(row).slice(0, 3),
    );
    await database.admin.query(`INSERT INTO ${schema}.migrations VALUES (${row.version + 1}, 'later', 'x')`);
    await tries(/no newer .* Update/);
    expect(await database.rows(`SELECT FROM ${schema}.match_sessions`)).toEqual([]);
  });
});
