import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { freshDatabase, startPgBouncer } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";

async function connect(url: string): Promise<Client & AsyncDisposable> {
  const client = new Client(url);
  client.on("error", () => {});
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

async function backend(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]!.pid;
}

describe.each(sharedPostgres())("PgBouncer before Postgres $version", (server) => {
  test("in transaction mode clients share a connection, and one in a transaction keeps it", async () => {
    await using database = await freshDatabase(server);
    await using bouncer = await startPgBouncer({ upstream: server.url, mode: "transaction", poolSize: 2 });
    const url = bouncer.urlOf(database.url);
    await using one = await connect(url);
    await using two = await connect(url);
    await using three = await connect(url);
    expect(new Set([await backend(one), await backend(two), await backend(three)]).size).toBe(1);
    await one.query("begin");
    expect(await backend(two)).not.toBe(await backend(one));
    await one.query("commit");
  });

  test("in session mode each has a connection of its own", async () => {
    await using bouncer = await startPgBouncer({ upstream: server.url, mode: "session" });
    await using one = await connect(bouncer.url);
    await using two = await connect(bouncer.url);
    expect(await backend(one)).not.toBe(await backend(two));
  });

  test("lets other roles in by their passwords, and goes away when stopped", async () => {
    await using database = await freshDatabase(server);
    await using owner = await connect(database.url);
    const role = `role_of_${database.name}`;
    await owner.query(`create role ${role} login password 'right'`);
    const bouncer = await startPgBouncer({ upstream: server.url, mode: "transaction" });
    const as = (password: string) => {
      const url = new URL(bouncer.urlOf(database.url));
      [url.username, url.password] = [role, password];
      return url.href;
    };
    const client = await connect(as("right"));
    const { rows } = await client.query("select current_user as name");
    expect(rows).toEqual([{ name: role }]);
    await expect(connect(as("wrong"))).rejects.toThrow(/auth/);
    await bouncer.stop();
    await expect(connect(as("right"))).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await client.end();
    await owner.query(`drop role ${role}`);
  });
});
