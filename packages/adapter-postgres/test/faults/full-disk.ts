import { migrate } from "../../src/index.js";
import { TestDatabase } from "../databases.js";

/** A database without any space left, until there is room again. */
export interface FullDatabase extends AsyncDisposable {
  readonly database: TestDatabase;
  makeRoom(): Promise<void>;
}

/**
 * A database on a disk that is full. Where the machine cannot give the server a disk of its own, the server says the
 * same (SQLSTATE 53100) because triggers tell it to.
 */
export async function fullDatabase(
  server: { readonly url: string },
  hasSmallDisk: boolean,
): Promise<FullDatabase> {
  const database = await TestDatabase.on(server, hasSmallDisk ? { tablespace: "small" } : {});
  await migrate(database.admin);
  const makeRoom = await (hasSmallDisk ? filled(database) : pretended(database));
  return { database, makeRoom, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

async function filled({ admin }: TestDatabase): Promise<() => Promise<void>> {
  await admin.query("create table filler (text text)");
  await admin.query("alter table filler alter text set storage plain");
  for (const rows of [10_000, 100, 1]) {
    const fill = `insert into filler select repeat('x', 8000) from generate_series(1, ${rows})`;
    for (let isFull = false; !isFull;)
      await admin.query(fill).catch((error: unknown) => (isFull = isDiskFull(error)));
  }
  return async () => {
    await admin.query("drop table filler");
  };
}

function isDiskFull(error: unknown): boolean {
  if ((error as { readonly code?: unknown }).code === "53100") return true;
  throw error;
}

async function pretended({ admin }: TestDatabase): Promise<() => Promise<void>> {
  await admin.query(`
    create function full_disk() returns trigger language plpgsql as $$
    begin
      raise exception 'could not extend file: No space left on device' using errcode = '53100';
    end $$`);
  const { rows } = await admin.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'evenmatch'",
  );
  for (const { name } of rows)
    await admin.query(
      `create trigger full_disk before insert or update on ${name} execute function full_disk()`,
    );
  return async () => {
    await admin.query("drop function full_disk cascade");
  };
}
