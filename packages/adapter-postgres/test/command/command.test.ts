import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { beforeEach, describe, expect, it } from "vitest";
import { run } from "../../src/command/command.js";
import { MIGRATIONS } from "../../src/migration/migrations.js";
import { TestDatabase } from "../databases.js";

const NEWEST = MIGRATIONS.length;

let printed = "";
let complained = "";
beforeEach(() => {
  printed = "";
  complained = "";
});

function obey(line: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return run(line, env, { print: (text) => (printed += text), complain: (text) => (complained += text) });
}

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  it("migrates, once, and tells how it stands", async () => {
    await using database = await TestDatabase.on(server);
    const env = { DATABASE_URL: database.url };
    expect(await obey(["status"], env)).toBe(1);
    expect(printed).toContain(`schema "evenmatch": missing, version 0 of ${NEWEST}`);
    expect(printed).toMatch(/2 history +pending/);

    printed = "";
    expect(await obey(["migrate"], env)).toBe(0);
    expect(printed).toBe(MIGRATIONS.map(({ version, name }) => `applied ${version} ${name}\n`).join(""));

    printed = "";
    expect(await obey(["migrate"], env)).toBe(0);
    expect(printed).toContain("nothing to do");

    printed = "";
    expect(
      await obey(["status", "--url", database.url], { DATABASE_URL: "postgres://nobody@localhost:1/x" }),
    ).toBe(0);
    expect(printed).toContain(`current, version ${NEWEST} of ${NEWEST}`);
    expect(printed).toMatch(/2 history +applied \d{4}-\d\d-\d\dT/);
    expect(complained).toBe("");
  });

  it("prints a script that another program can run", async () => {
    await using database = await TestDatabase.on(server);
    for (const line of [["--dry-run"], ["migrate", "--dry-run"]]) {
      printed = "";
      expect(await obey([...line, "--url", database.url, "--schema", "it's $$ mine"])).toBe(0);
      expect(printed).toContain(`CREATE SCHEMA "it's $$ mine";`);
      expect(await database.contents("it's $$ mine")).toEqual([]);
    }
    await database.admin.query(printed);
    expect(await obey(["status", "--url", database.url, "--schema", "it's $$ mine"])).toBe(0);
    printed = "";
    expect(await obey(["--dry-run", "--url", database.url, "--schema", "it's $$ mine"])).toBe(0);
    expect(printed).toMatch(/^-- nothing to do/);
  });

  it("fails with a sentence, and not with a stack", async () => {
    await using database = await TestDatabase.on(server);
    await database.admin.query("CREATE TABLE public.match_sessions (id int)");
    expect(await obey(["migrate", "--url", database.url, "--schema", "public"])).toBe(1);
    expect(complained).toContain("Nothing was changed. Choose another schema");
    expect(complained).not.toMatch(/\n\s+at /);
    complained = "";
    expect(await obey(["status", "--url", "postgres://user:hidden@localhost:1/x"])).toBe(1);
    expect(complained).toMatch(/Postgres answers; received ".*ECONNREFUSED/);
    expect(complained).not.toContain("hidden");
    expect(printed).toBe("");
  });
});

describe("the command", () => {
  it("is a program, of which ten may be started at once", { timeout: 60_000 }, async () => {
    await using database = await TestDatabase.on(sharedPostgres()[0]!);
    const runs = await Promise.all(Array.from({ length: 10 }, () => program(["migrate"], database.url)));
    expect(runs.map(({ code, complaints }) => `${code} ${complaints}`)).toEqual(runs.map(() => "0 "));
    const applied = runs.flatMap(({ output }) => output.match(/^applied .*$/gm) ?? []);
    expect(applied.sort()).toEqual(MIGRATIONS.map(({ version, name }) => `applied ${version} ${name}`));
  });
});

describe("a command line", () => {
  it("prints what roles need, without a database", async () => {
    expect(await obey(["grants", "--app", "api", "--reader", 'bi "team"', "--schema", "mm"])).toBe(0);
    expect(printed).toContain(`GRANT USAGE ON SCHEMA "mm" TO "api", "bi ""team""";`);
    expect(printed).toContain(`GRANT SELECT, INSERT ON "mm"."match_players" TO "api";`);
  });

  it("explains itself", async () => {
    for (const flag of ["--help", "-h"]) {
      printed = "";
      expect(await obey([flag])).toBe(0);
      expect(printed).toMatch(/^Usage: evenmatch-postgres <command>/);
    }
  });

  it.each([
    [[], "No command is named"],
    [["migrat"], 'no command "migrat"'],
    [["migrate", "status"], "One command at a time"],
    [["migrate"], "pass --url, or set DATABASE_URL"],
    [["migrate", "--url", "localhost:secret"], "postgres://user:password@host:5432/database"],
    [["migrate", "--url", "http://user:secret@host/"], "postgres://user:password@host:5432/database"],
    [["migrate", "--schma", "x"], "--schma"],
    [["migrate", "--schema"], "--schema"],
    [["status", "--dry-run"], "--dry-run goes with migrate"],
    [["migrate", "--app", "x"], "go with grants"],
    [["grants"], "--app, --reader or both"],
  ])("that reads %j is not understood", async (line, complaint) => {
    expect(await obey(line)).toBe(2);
    expect(complained).toContain(complaint);
    expect(complained).toContain("Usage: evenmatch-postgres");
    expect(complained).not.toContain("secret");
    expect(printed).toBe("");
  });

  it("that asks for what cannot be fails", async () => {
    expect(await obey(["grants", "--app", ""])).toBe(1);
    expect(await obey(["migrate", "--url", "postgres://localhost:1/x", "--schema", "pg_mine"])).toBe(1);
    expect(complained).toContain("a schema is a text");
  });
});

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly complaints: string;
}

function program(args: readonly string[], url: string): Promise<Ended> {
  const cli = resolve(import.meta.dirname, "../../src/command/cli.ts");
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=evenmatch-source", cli, ...args], {
    env: { ...process.env, DATABASE_URL: url },
  });
  return new Promise((done, failed) => {
    let output = "";
    let complaints = "";
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (complaints += data.toString()));
    child.on("error", failed);
    child.on("close", (code) => done({ code, output, complaints }));
  });
}
