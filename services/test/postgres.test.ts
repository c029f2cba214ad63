import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { freshDatabase, startPostgres } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";

async function ask(url: string, sql: string): Promise<string> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: string }>(sql);
    return rows[0]?.answer ?? "";
  } finally {
    await client.end();
  }
}

describe.each(sharedPostgres())("the run's Postgres, $flavour", (server) => {
  test("is of the version that it says", async () => {
    const said = await ask(server.url, "select current_setting('server_version') as answer");
    expect(said.split(" ")[0]).toBe(server.version);
  });

  test("a fresh database is empty, and gone afterwards though somebody is connected", async () => {
    const database = await freshDatabase(server);
    const idle = new Client(database.url);
    const cut = new Promise((resolve) => idle.on("error", resolve));
    await idle.connect();
    expect(
      await ask(database.url, "select count(*)::text as answer from pg_tables where schemaname = 'public'"),
    ).toBe("0");
    await database.drop();
    await cut;
    await expect(ask(database.url, "select 1 as answer")).rejects.toMatchObject({ code: "3D000" });
  });
});

describe.each(["usual", "newest"] as const)("a Postgres of one's own, %s", (flavour) => {
  test("restarts, and crashes and comes back, on the same port with its data", async () => {
    await using server = await startPostgres({ flavour });
    await ask(server.url, "create table kept as select 'still here' as answer");
    const kept = () => ask(server.url, "select answer from kept");
    await server.restart();
    expect(await kept()).toBe("still here");
    await server.restart({ mode: "immediate" });
    expect(await kept()).toBe("still here");
    await server.killPostmaster();
    await expect(kept()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.start();
    expect(await kept()).toBe("still here");
  });

  test("recovers when a backend is killed", async () => {
    await using server = await startPostgres({ flavour });
    const victim = new Client({ connectionString: server.url, application_name: "victim" });
    const cut = new Promise((resolve) => victim.on("error", resolve));
    await victim.connect();
    const pids = await server.backendPids({ application: "victim" });
    expect(pids).toHaveLength(1);
    await server.killBackend(pids[0]!);
    await cut;
    await server.ready();
    expect(await server.backendPids()).toEqual([]);
    expect(await server.logTail()).toContain("was terminated by signal 9");
    await expect(server.killBackend(process.pid)).rejects.toThrow("does not belong to this Postgres server");
  });

  test("a synchronous standby has everything when its primary dies, and takes over", async () => {
    await using server = await startPostgres({ flavour });
    await using standby = await server.standby({ synchronous: true });
    await ask(server.url, "create table kept as select 'on both' as answer");
    await expect(ask(standby.url, "create table mine ()")).rejects.toMatchObject({ code: "25006" });
    await server.killPostmaster();
    await standby.promote();
    expect(await ask(standby.url, "select answer from kept")).toBe("on both");
    await ask(standby.url, "create table mine ()");
  });

  test("takes a new setting without a restart", async () => {
    await using server = await startPostgres({ flavour });
    await server.set({ default_transaction_read_only: true });
    await expect(ask(server.url, "create table mine ()")).rejects.toMatchObject({ code: "25006" });
  });

  test("has a disk that runs full, and space again when something is dropped", async () => {
    await using server = await startPostgres({ flavour, smallDiskMegabytes: 24 });
    await using database = await freshDatabase(server, { tablespace: "small" });
    const fill = "insert into filler select repeat('x', 8000) from generate_series(1, 10000)";
    await ask(database.url, "create table filler (text text)");
    await ask(database.url, "alter table filler alter text set storage plain");
    await expect(ask(database.url, fill)).rejects.toMatchObject({ code: "53100" });
    await ask(database.url, "drop table filler");
    await ask(database.url, "create table again as select repeat('x', 8000) from generate_series(1, 100)");
  });
});
