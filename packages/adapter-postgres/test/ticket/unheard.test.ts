import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../databases.js";
import { NOW, play, POOL, ticket, until, type Worker } from "./worker.js";

describe.each(sharedPostgres())("what ended and nobody heard, on Postgres $version", (server) => {
  const leave = (name: string) => [{ type: "leave", ticketId: ticket(name).id }] as const;
  /** The ends that came with the pool, which the snapshot knows already. */
  const toldAgain = (worker: Worker): unknown[] => {
    const from = worker.heard.findLastIndex(({ type }) => type === "gained");
    const [gained, changed] = worker.heard.slice(from);
    if (gained?.type !== "gained" || changed?.type !== "changed") return [];
    return changed.changes.filter(({ seq }) => seq <= gained.seq).map(({ change }) => change);
  };
  const told = (worker: Worker, expected: unknown[]): Promise<void> =>
    expect.poll(() => toldAgain(worker), { interval: 5, timeout: 15_000 }).toEqual(expected);
  /** Ends the lease while nobody is awake: what comes before it in the same transaction no owner has seen. */
  const asOne = (database: TestDatabase, schema: string, statement = "NULL"): Promise<unknown> =>
    database.rows(
      `DO $do$ BEGIN
           PERFORM ${statement};
           UPDATE ${schema}.pools SET fence = ${schema}.next_fence(fence), owner = NULL;
           PERFORM pg_notify(trim('"' FROM '${schema}'), 'owners');
         END $do$`,
    );

  it("before a pool had its first owner is told to that one", () =>
    play(server, {}, async ({ store, worker, join }) => {
      await join("a", "b");
      await store.submit(leave("a"), { now: NOW });
      const owner = worker();
      await told(owner, [{ type: "left", ticket: ticket("a") }]);
      expect(owner.known).toEqual([ticket("b").id]);
    }));

  it("between the last look of an owner and the first of the next is told to the next", () =>
    play(server, { leaseMs: 60_000 }, async ({ database, schema, worker, join }) => {
      const owner = worker();
      await join("a", "b");
      await until(() => owner.known.length === 2);
      const { lease } = owner;
      await asOne(
        database,
        schema,
        `${schema}.submit(${NOW}, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
             '{}', '{}', '{}', '{0}', ARRAY[(SELECT id FROM ${schema}.pools)], '{duel.eu.a}',
             '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')`,
      );
      await until(() => owner.lease && owner.lease !== lease);
      await told(owner, [{ type: "left", ticket: ticket("a") }]);
    }));

  it("is told again where it is not known to have been told: who left, who expired, who was dropped", () =>
    play(server, { leaseMs: 60_000 }, async ({ database, schema, store, worker }) => {
      const owner = worker();
      const names = ["left", "late", "idle", "eager", "waits"];
      const [left, late, idle, eager] = names.map((name) => ({ ...ticket(name), expiresAt: NOW + 1 }));
      await store.submit(
        names.map((name) => ({ type: "join", ticket: { ...ticket(name), expiresAt: NOW + 1 } })),
        { now: NOW },
      );
      await until(() => owner.known.length === 5);
      const match = { ...POOL, id: "duel.eu.m", teams: [[idle!], [eager!]], quality: 1, createdAt: NOW };
      await store.submit(leave("left"), { now: NOW });
      await owner.store.decide(
        owner.lease!,
        [
          { type: "claim", match },
          { type: "release", matchId: match.id, drop: [idle!.id], reason: "declined" },
          { type: "expire", ticketId: late!.id },
        ],
        { now: NOW + 1 },
      );
      const heard = (): string[] =>
        owner.heard.flatMap((event) =>
          event.type === "changed" ? event.changes.map(({ change }) => change.type) : [],
        );
      await until(() => heard().includes("expired"));
      const { lease } = owner;
      await asOne(database, schema);
      await until(() => owner.lease && owner.lease !== lease);
      await told(owner, [
        { type: "left", ticket: left },
        { type: "released", matchId: match.id, returned: [], dropped: [idle], reason: "declined" },
        { type: "expired", ticket: late },
      ]);
    }));

  it("in a pool that nobody ever runs is forgotten with its ticket", () =>
    play(server, { leaseMs: 300, retainMs: 0, dedupeMs: 0 }, async ({ database, schema, store, worker }) => {
      const other = { ...ticket("a"), queue: "other", id: "other.eu.a" };
      await store.submit([{ type: "join", ticket: other }], { now: NOW });
      await store.submit([{ type: "leave", ticketId: other.id }], { now: NOW });
      const changes = async (): Promise<number> =>
        (await database.rows(`SELECT FROM ${schema}.changes`)).length;
      expect(await changes()).toBe(1);
      worker();
      await until(async () => (await changes()) === 0);
    }));

  it("leaves no rows of those who come to a pool, or say that they are there, while its owner is dead", () =>
    play(server, { leaseMs: 300 }, async ({ database, schema, store, worker }) => {
      const other = { ...ticket("a"), queue: "other", id: "other.eu.a", heartbeatMs: 1_000 };
      const later = { ...ticket("b"), queue: "other", id: "other.eu.b" };
      const changes = async (): Promise<string[]> =>
        (await database.rows<{ type: string }>(`SELECT type FROM ${schema}.changes ORDER BY seq`)).map(
          ({ type }) => type,
        );
      const dies = (ago: string): Promise<unknown> =>
        database.rows(
          `WITH dead AS (
             INSERT INTO ${schema}.owners (id, queues, alive_until)
             VALUES (gen_random_uuid(), '{other}', clock_timestamp() - interval '${ago}') RETURNING id
           ) UPDATE ${schema}.pools p SET owner = dead.id FROM dead`,
        );
      await store.submit([{ type: "join", ticket: other }], { now: NOW });
      // It may come back, and go on where it stood.
      await dies("1 second");
      await store.submit([{ type: "beat", ticketId: other.id }], { now: NOW });
      expect(await changes()).toEqual(["b"]);
      await dies("2 minutes");
      await store.submit([{ type: "join", ticket: later }], { now: NOW });
      await store.submit([{ type: "beat", ticketId: other.id }], { now: NOW });
      expect(await changes()).toEqual(["b"]);
      await store.submit([{ type: "leave", ticketId: later.id }], { now: NOW });
      expect(await changes()).toEqual(["b", "l"]);
      // Whoever runs other pools cleans up: what is left is for the next owner.
      worker();
      await until(async () => (await changes()).length === 1);
      expect(await changes()).toEqual(["l"]);
    }));
});
