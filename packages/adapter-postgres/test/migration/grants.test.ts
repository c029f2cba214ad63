import { sharedPostgres } from "@evenmatch/services/vitest";
import { escapeIdentifier } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grants, migrate, migrationScript, migrationStatus, postgresMatchStore } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { match, ticket } from "../match/making.js";
import { refusal } from "../refusal.js";

// That the rights of the app are enough is shown by the contracts: their stores have no others.
const HISTORY = ["match_sessions", "match_players"];
/** What dashboards read beside it, whole, or in the columns that say nothing of players. */
const WATCHED = ["pools", "owners", "event_groups", "event_readers", "events_aside"];
const COUNTED = ["changes", "matches", "events"];

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  let owner: string;
  let app: string;
  let reader: string;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
    owner = await database.role('own"er');
    app = await database.role("app's");
    reader = await database.role("reader 🎲");
    await database.admin.query(`GRANT CREATE ON DATABASE ${database.name} TO ${escapeIdentifier(owner)}`);
    const pool = database.pool({ role: owner });
    await migrate(pool);
    await pool.query(grants({ app, reader }));
  });
  afterAll(() => database[Symbol.asyncDispose]());

  /** Whether a role may run a statement; anything but a missing right is a mistake of the test. */
  async function may(role: string, statement: string): Promise<boolean> {
    const pool = database.pool({ role, max: 1 });
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await client.query(statement);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== "42501") throw error;
      return false;
    } finally {
      await client.query("ROLLBACK");
      client.release();
      // There are many, and a server has only so many connections, also for tests beside this one.
      await pool.end();
    }
  }

  it("lets the app use every table, and change neither schema nor history", async () => {
    const tables = await database.rows<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'evenmatch'",
    );
    for (const { name } of tables) {
      expect(await may(app, `SELECT FROM evenmatch.${name}`), name).toBe(true);
      expect(await may(app, `DELETE FROM evenmatch.${name}`), name).toBe(
        !["migrations", ...HISTORY].includes(name),
      );
      expect(await may(app, `TRUNCATE evenmatch.${name}`), name).toBe(false);
      expect(await may(app, `ALTER TABLE evenmatch.${name} ADD more int`), name).toBe(false);
      expect(await may(app, `DROP TABLE evenmatch.${name}`), name).toBe(false);
    }
    for (const statement of [
      "CREATE TABLE evenmatch.more (id int)",
      "CREATE SCHEMA more",
      "DROP SCHEMA evenmatch CASCADE",
      "UPDATE evenmatch.match_sessions SET match = '{}'",
      "UPDATE evenmatch.match_players SET elo = 0",
      "INSERT INTO evenmatch.migrations VALUES (99, 'x', 'x')",
    ]) {
      expect(await may(app, statement), statement).toBe(false);
    }
    expect(await may(app, "UPDATE evenmatch.match_sessions SET result = '{}', reported_at = now()")).toBe(
      true,
    );
  });

  it("lets the app call every function, and nobody else", async () => {
    const functions = await database.rows<{ name: string; app: boolean; everybody: boolean }>(
      `SELECT proname AS name, has_function_privilege($1, oid, 'EXECUTE') AS app,
              has_function_privilege($2, oid, 'EXECUTE') AS everybody
       FROM pg_proc WHERE pronamespace = 'evenmatch'::regnamespace`,
      [app, reader],
    );
    expect(functions.length).toBeGreaterThan(0);
    for (const { name, ...rights } of functions)
      expect(rights, name).toEqual({ app: true, everybody: false });
  });

  it("lets the reader read the record of matches and how matchmaking goes, and nothing else", async () => {
    const one = match("duo.eu.m", [[ticket("t", [{ id: "ann", rating: 1 }])]]);
    await postgresMatchStore(database.pool({ role: app })).save([one], {});
    const store = postgresMatchStore(database.pool({ role: reader }));
    expect((await store.list({ playerId: "ann" }, {})).matches).toEqual([{ match: one }]);
    await refusal(store.save([one], {}), "STORE_MISCONFIGURED", "evenmatch-postgres grants");
    await refusal(store.report(one.id, {}, {}), "STORE_MISCONFIGURED", "evenmatch-postgres grants");

    const objects = await database.rows<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'evenmatch'",
    );
    for (const { name } of objects) {
      const isOpen = ["migrations", ...HISTORY, ...WATCHED].includes(name);
      expect(await may(reader, `SELECT * FROM evenmatch.${name}`), name).toBe(isOpen);
      expect(await may(reader, `SELECT FROM evenmatch.${name}`), name).toBe(isOpen || COUNTED.includes(name));
      expect(await may(reader, `INSERT INTO evenmatch.${name} DEFAULT VALUES`), name).toBe(false);
      expect(await may(reader, `DELETE FROM evenmatch.${name}`), name).toBe(false);
    }
    expect(await may(reader, "CREATE TABLE evenmatch.more (id int)")).toBe(false);
  });

  it("tells whoever may nothing what is missing", async () => {
    const stranger = database.pool({ role: await database.role("stranger") });
    await refusal(
      postgresMatchStore(stranger).list({}, {}),
      "STORE_MISCONFIGURED",
      "evenmatch-postgres grants",
    );
    await refusal(migrate(stranger, { schema: "theirs" }), "STORE_MISCONFIGURED", "Migrate as the owner");
    expect(await database.contents("theirs")).toEqual([]);
  });

  it("lets the app see that nothing is to be migrated, and migrates for nobody but the owner", async () => {
    const pool = database.pool({ role: app });
    expect(await migrate(pool)).toEqual([]);
    expect((await migrationStatus(pool)).state).toBe("current");
    // As if this release had brought the history.
    const schema = "older";
    const owned = database.pool({ role: owner });
    const [first] = (await migrationScript(owned, { schema })).split("COMMIT;\n");
    await owned.query(`${first}COMMIT`);
    await owned.query(`GRANT USAGE ON SCHEMA older TO ${escapeIdentifier(app)};
      GRANT SELECT ON older.migrations TO ${escapeIdentifier(app)}`);
    await refusal(migrate(pool, { schema }), "STORE_MISCONFIGURED", "Migrate as the owner");
    expect((await migrationStatus(pool, { schema })).version).toBe(1);
  });

  it("needs no right to create schemas where the owner has one already", async () => {
    const plain = await database.role("plain");
    await database.admin.query(`CREATE SCHEMA made AUTHORIZATION ${escapeIdentifier(plain)}`);
    const pool = database.pool({ role: plain });
    await migrate(pool, { schema: "made" });
    expect((await migrationStatus(pool, { schema: "made" })).state).toBe("current");
    await refusal(migrate(pool, { schema: "another" }), "STORE_MISCONFIGURED", "Migrate as the owner");
  });

  it("touches nothing of a schema that it shares", async () => {
    const schema = "shared";
    await database.admin.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.theirs (id int);
      CREATE FUNCTION ${schema}.theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    await migrate(database.admin, { schema });
    await database.admin.query(grants({ app, reader }, { schema }));
    expect(await may(app, "SELECT FROM shared.theirs")).toBe(false);
    expect(await may(app, "SELECT shared.theirs()")).toBe(true);
  });
});

it("says what is wrong with roles", () => {
  expect(() => grants({})).toThrow("at least one role");
  expect(() => grants({ app: "" })).toThrow("a role is named");
  expect(() => grants({ reader: "a\0b" })).toThrow("a role is named");
  expect(() => grants({ app: "app" }, { schema: "pg_mine" })).toThrow("a schema is");
});
