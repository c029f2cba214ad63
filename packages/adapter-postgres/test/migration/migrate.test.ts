import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import { migrate, migrationScript, migrationStatus } from "../../src/index.js";
import { madeBy } from "../../src/migration/migration.js";
import { MIGRATIONS } from "../../src/migration/migrations.js";
import { TestDatabase } from "../databases.js";
import { refusal } from "../refusal.js";

const NEWEST = MIGRATIONS.length;

/** What somebody might call a schema, and what is special to SQL, to regular expressions or to us. */
const ODD_NAMES = [
  "Upper Case",
  'a "quoted" name',
  "it's",
  "🎲 zoë",
  "a;b -- c",
  "$$ $1 $& $evenmatch$",
  "{schema}",
  "back\\slash %s",
  "x".repeat(63),
];

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  it("brings an empty database to the newest version, once", async () => {
    await using database = await TestDatabase.on(server);
    const before = await migrationStatus(database.admin);
    expect(before).toMatchObject({ schema: "evenmatch", state: "missing", version: 0, newest: NEWEST });
    expect(before.steps.map(({ appliedAt }) => appliedAt)).toEqual(MIGRATIONS.map(() => undefined));

    const applied = await migrate(database.admin);
    expect(applied.map(({ version, name }) => `${version} ${name}`)).toEqual(
      MIGRATIONS.map(({ version, name }) => `${version} ${name}`),
    );
    const contents = await database.contents("evenmatch");

    expect(await migrate(database.admin)).toEqual([]);
    expect(await database.contents("evenmatch")).toEqual(contents);
    const after = await migrationStatus(database.admin);
    expect(after).toEqual({
      schema: "evenmatch",
      state: "current",
      version: NEWEST,
      newest: NEWEST,
      steps: applied,
    });
    const [{ now } = { now: 0 }] = await database.rows<{ now: number }>(
      "SELECT extract(epoch FROM now())::float8 * 1000 AS now",
    );
    for (const { appliedAt } of applied) expect(Math.abs(now - (appliedAt ?? 0))).toBeLessThan(60_000);
  });

  it("applies each migration once though ten start together", async () => {
    await using database = await TestDatabase.on(server);
    // Where each transaction sees what was there when it began, waiting for the lock is not enough.
    await database.admin.query(
      `ALTER DATABASE "${new URL(database.url).pathname.slice(1)}" SET default_transaction_isolation = serializable`,
    );
    const runs = await Promise.all(Array.from({ length: 10 }, () => migrate(database.pool({ max: 1 }))));
    expect(
      runs
        .flat()
        .map(({ version }) => version)
        .sort(),
    ).toEqual(MIGRATIONS.map(({ version }) => version));
  });

  it("knows the name of everything that it makes", async () => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin);
    const names = new Set(["migrations", ...MIGRATIONS.flatMap(madeBy).map(({ name }) => name)]);
    const made = await database.rows<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'evenmatch'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_class.oid)
       AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'i') AND relkind = 'S')
       UNION SELECT proname FROM pg_proc WHERE pronamespace = 'evenmatch'::regnamespace`,
    );
    expect(made.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(ODD_NAMES)("takes the schema %j", async (schema) => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin, { schema });
    expect(await migrate(database.admin, { schema })).toEqual([]);
    const [{ count } = { count: 0 }] = await database.rows<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = $1",
      [schema],
    );
    expect(count).toBeGreaterThan(1);
    expect(await database.contents("evenmatch")).toEqual([]);
  });

  it("prints what it would run, and that makes the same schema", async () => {
    await using ours = await TestDatabase.on(server);
    await using theirs = await TestDatabase.on(server);
    for (const schema of ["evenmatch", ...ODD_NAMES]) {
      await theirs.admin.query(await migrationScript(theirs.admin, { schema }));
      await migrate(ours.admin, { schema });
      expect(await theirs.contents(schema), schema).toEqual(await ours.contents(schema));
      expect((await migrationStatus(theirs.admin, { schema })).state).toBe("current");
      expect(await migrationScript(ours.admin, { schema })).toBe("");
    }
  });

  it("changes nothing when it only looks", async () => {
    await using database = await TestDatabase.on(server);
    await migrationScript(database.admin);
    await migrationStatus(database.admin);
    expect(await database.rows("SELECT FROM pg_namespace WHERE nspname = 'evenmatch'")).toEqual([]);
  });

  it.each(["table match_sessions (id int)", "view match_players AS SELECT 1", "index match_sessions_time"])(
    "leaves a schema alone where somebody else has a %s",
    async (what) => {
      await using database = await TestDatabase.on(server);
      await database.admin.query("CREATE TABLE public.theirs (id int); CREATE SCHEMA evenmatch");
      await database.admin.query(
        what.startsWith("index")
          ? "CREATE TABLE evenmatch.own (id int); CREATE INDEX match_sessions_time ON evenmatch.own (id)"
          : `CREATE ${what.replace(" ", " evenmatch.")}`,
      );
      const before = await database.contents("evenmatch");
      const message = /schema "evenmatch" .*match_.* Nothing was changed\. Choose another schema/;
      const { retryable } = await refusal(migrate(database.admin), "STORE_MISCONFIGURED", message);
      expect(retryable).toBe(false);
      await refusal(migrationScript(database.admin), "STORE_MISCONFIGURED", message);
      expect(await database.contents("evenmatch")).toEqual(before);
    },
  );

  it("leaves a schema alone where somebody else keeps migrations", async () => {
    await using database = await TestDatabase.on(server);
    await database.admin.query("CREATE TABLE public.migrations (id serial, timestamp bigint, name text)");
    const before = await database.contents("public");
    for (const look of [migrate, migrationStatus, migrationScript]) {
      const looking = look(database.admin, { schema: "public" });
      await refusal(looking, "STORE_MISCONFIGURED", "choose another schema");
    }
    expect(await database.contents("public")).toEqual(before);
  });

  it("refuses a schema of a newer release, and one that was altered", async () => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin);
    await database.admin.query("INSERT INTO evenmatch.migrations VALUES ($1, 'later', 'x')", [NEWEST + 1]);
    expect((await migrationStatus(database.admin)).state).toBe("newer");
    const newer = `received ${NEWEST + 1}. Update @evenmatch/adapter-postgres`;
    await refusal(migrate(database.admin), "STORE_MISCONFIGURED", newer);
    await database.admin.query("DELETE FROM evenmatch.migrations WHERE version = $1", [NEWEST + 1]);
    await database.admin.query("UPDATE evenmatch.migrations SET checksum = 'edited' WHERE version = 1");
    expect((await migrationStatus(database.admin)).state).toBe("altered");
    await refusal(migrate(database.admin), "STORE_MISCONFIGURED", "unchanged");
  });

  it("goes on from an older version", async () => {
    await using database = await TestDatabase.on(server);
    await using whole = await TestDatabase.on(server);
    await migrate(whole.admin);
    const [first] = (await migrationScript(database.admin)).split("COMMIT;\n");
    await database.admin.query(`${first}COMMIT`);
    expect(await migrationStatus(database.admin)).toMatchObject({ state: "older", version: 1 });
    expect((await migrate(database.admin)).map(({ version }) => version)).toEqual(
      MIGRATIONS.slice(1).map(({ version }) => version),
    );
    expect(await database.contents("evenmatch")).toEqual(await whole.contents("evenmatch"));
  });

  it("applies a migration whole or not at all", async () => {
    await using database = await TestDatabase.on(server);
    await database.admin.query(`
      CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'evenmatch.match_players')
        THEN RAISE 'not today'; END IF;
      END $$;
      CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION public.refuse()`);
    await expect(migrate(database.admin)).rejects.toThrow("not today");
    expect(await migrationStatus(database.admin)).toMatchObject({ state: "older", version: 1 });
    expect((await database.contents("evenmatch")).join()).not.toContain("match_sessions");
    await database.admin.query("DROP EVENT TRIGGER refuse");
    await migrate(database.admin);
    expect(await migrationStatus(database.admin)).toMatchObject({ state: "current" });
  });

  it("refuses a database that cannot hold every name", async () => {
    await using narrow = await TestDatabase.on(server, { encoding: "LATIN1" });
    await refusal(migrate(narrow.url), "STORE_MISCONFIGURED", /UTF8; received "LATIN1"/);
    expect((await migrationStatus(narrow.url)).state).toBe("missing");
  });

  it("takes a URL, and says what is wrong with options", async () => {
    await using database = await TestDatabase.on(server);
    await migrate(database.url);
    expect((await migrationStatus(database.url)).state).toBe("current");
    for (const options of [
      { schema: "" },
      { schema: "pg_mine" },
      { schema: "x".repeat(64) },
      { timeoutMs: 0 },
    ]) {
      await refusal(migrate(database.admin, options), "INVALID_OPTIONS");
    }
    await refusal(migrate("postgres://localhost:1/x"), "STORE_UNAVAILABLE");
  });
});
