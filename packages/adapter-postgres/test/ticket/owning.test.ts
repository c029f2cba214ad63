import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import { NOW, play, POOL, ticket, until } from "./worker.js";

describe.each(sharedPostgres())("owning pools on Postgres $version", (server) => {
  it("moves the pools of an owner that says nothing any more to another, who knows all", () =>
    play(server, { leaseMs: 600 }, async ({ database, schema, worker, join }) => {
      const first = worker();
      await join("a");
      await until(() => first.lease);
      const { fence } = first.lease!;
      const second = worker();
      await until(async () => (await database.rows(`SELECT FROM ${schema}.owners`)).length === 2);
      await join("b");
      // As if it had stopped for longer than its lease: nobody told it. Its own word may come in between.
      await until(async () => {
        await database.rows(
          `UPDATE ${schema}.owners SET alive_until = now() - interval '1 s'
           FROM ${schema}.pools WHERE owner = owners.id AND fence = ${fence}`,
        );
        return second.lease;
      });
      await join("c");
      await until(() => second.known.length === 3);
      expect(second.known.sort()).toEqual(["a", "b", "c"].map((name) => ticket(name).id));
      expect(second.lease!.fence).toBeGreaterThan(fence);
      await until(() => first.heard.some(({ type }) => type === "lost"));
    }));

  it.each([
    ["changes are missing", (schema: string) => `DELETE FROM ${schema}.changes`],
    [
      "another server answers, which has lost the latest of what this one told",
      (schema: string) => `DELETE FROM ${schema}.changes; UPDATE ${schema}.pools SET seq = seq - 2;
        CREATE OR REPLACE FUNCTION ${schema}.server() RETURNS text LANGUAGE sql AS $$ SELECT 'another' $$`,
    ],
  ])("gains a pool anew when %s", (_, mishap) =>
    play(server, {}, async ({ database, schema, worker, join }) => {
      const owner = worker();
      await join("a");
      await until(() => owner.lease);
      const { lease } = owner;
      // Nobody wakes the owner, so that the mishap comes before it looks.
      await database.rows(
        `DO $do$ BEGIN
           PERFORM ${schema}.submit(${NOW}, '{0}', ARRAY[(SELECT id FROM ${schema}.pools)], '{duel.eu.b}',
             ARRAY['${JSON.stringify(ticket("b"))}'], '{${NOW}}', '{null}', '{null}', '{null}', '{null}', '{9}', '{"{b}"}',
             '{1}', ARRAY[(SELECT id FROM ${schema}.pools)], '{duel}', '{b}', '{duel.eu.b}', '{t}',
             '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}');
           ${mishap(schema)};
         END $do$`,
      );
      await join("c");
      await until(() => owner.known.includes(ticket("c").id) && owner.known.includes(ticket("b").id));
      expect(lease!.lost.aborted).toBe(true);
      expect(owner.lease!.fence).toBeGreaterThan(lease!.fence);
      expect(owner.known.sort()).toEqual(["a", "b", "c"].map((name) => ticket(name).id));
    }),
  );

  it("tells a server by the same text in every time zone, which each connection may have of its own", () =>
    play(server, {}, async ({ database, schema }) => {
      const client = await database.admin.connect();
      const texts: unknown[] = [];
      for (const zone of ["UTC", "Asia/Tokyo", "America/Lima"]) {
        await client.query(`SET TIME ZONE '${zone}'; SET datestyle = 'German, DMY'`);
        texts.push((await client.query(`SELECT ${schema}.server() AS text`)).rows[0]);
      }
      client.release(true);
      expect(texts).toEqual([texts[0], texts[0], texts[0]]);
    }));

  it("forgets what has ended, what was read and who is dead, and nothing else", () =>
    play(
      server,
      { leaseMs: 300, retainMs: 0, dedupeMs: 600_000 },
      async ({ database, schema, store, worker, join }) => {
        const owner = worker();
        await join("a", "b", "c", "d", "waits");
        await store.submit([{ type: "join", ticket: ticket("asked"), requestId: "r" }], { now: NOW });
        await until(() => owner.known.length === 6);
        const teams = ([["a"], ["b"]] as const).map((team) => team.map((name) => ticket(name)));
        const matchId = "duel.eu.m";
        const match = { id: matchId, ...POOL, teams, quality: 1, createdAt: NOW };
        await owner.store.decide(
          owner.lease!,
          [
            { type: "claim", match },
            { type: "settle", matchId },
            { type: "deliver", matchId },
            { type: "claim", match: { ...match, id: "duel.eu.n", teams: [[ticket("d")]] } },
          ],
          { now: NOW },
        );
        await store.submit(
          [
            { type: "leave", ticketId: ticket("c").id },
            { type: "leave", ticketId: ticket("asked").id },
          ],
          { now: NOW },
        );
        await database.rows(
          `INSERT INTO ${schema}.owners (id, queues, alive_until) VALUES ('dead', '{}', '2020-01-01')`,
        );
        const left = async (): Promise<unknown[]> => {
          const rows = await database.rows<{ id: string }>(
            `SELECT id FROM ${schema}.tickets UNION ALL SELECT id FROM ${schema}.matches
           UNION ALL SELECT id FROM ${schema}.owners WHERE id = 'dead'
           UNION ALL SELECT type::text FROM ${schema}.changes ORDER BY id`,
          );
          return rows.map(({ id }) => id);
        };
        const expected = ["asked", "d", "n", "waits"].map((name) => `duel.eu.${name}`);
        await expect.poll(left, { interval: 20, timeout: 15_000 }).toEqual(expected);
        const [again] = await store.submit([{ type: "join", ticket: ticket("other"), requestId: "r" }], {
          now: NOW,
        });
        expect(again?.type).toBe("added");
      },
    ));

  it("takes several pools over side by side, however long each of them takes", () =>
    play(server, {}, async ({ database, schema, store, worker }) => {
      const regions = ["eu", "us"];
      const requests = regions.map((region) => {
        const id = `duel.${region}.t`;
        return { type: "join", ticket: { ...ticket(region), region, id } } as const;
      });
      await store.submit(requests, { now: NOW });
      // Nobody gets one of them before both are asked for.
      await database.rows(
        `ALTER FUNCTION ${schema}.taken RENAME TO taken_at_once;
         CREATE FUNCTION ${schema}.taken(p_pool integer, p_fence bigint)
         RETURNS TABLE (kind "char", seq bigint, state "char", seen_at bigint, body text, assignment text, answers text[])
         LANGUAGE plpgsql AS $$ BEGIN
           PERFORM pg_advisory_xact_lock_shared(p_pool);
           FOR n IN 1 .. 500 LOOP
             IF (SELECT count(DISTINCT objid) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) > 1 THEN
               PERFORM pg_sleep(0.5); -- the other sees it too
               RETURN QUERY SELECT * FROM ${schema}.taken_at_once(p_pool, p_fence);
               RETURN;
             END IF;
             PERFORM pg_sleep(0.01);
           END LOOP;
           RAISE EXCEPTION 'one after the other';
         END $$;`,
      );
      const owner = worker();
      await until(() => owner.heard.filter(({ type }) => type === "gained").length === regions.length);
    }));

  it("hands a pool of 20,000 over whole", () =>
    play(server, {}, async ({ worker, join }) => {
      const first = worker();
      const names = Array.from({ length: 20_000 }, (_, index) => `p${index}`);
      const ids = names.map((name) => ticket(name).id);
      for (let from = 0; from < names.length; from += 1_000) await join(...names.slice(from, from + 1_000));
      const second = worker();
      await until(() => first.known.length === ids.length);
      await first.stop();
      await until(() => second.known.length === ids.length);
      expect(second.known.sort()).toEqual(ids.sort());
    }));
});
