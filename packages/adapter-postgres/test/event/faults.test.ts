import { startProxy, postgresRequest } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { event, events, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresEventBus } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { refusal } from "../refusal.js";
import { EventsSubject, until } from "./subject.js";

const quiet = { onError: () => {} };

describe.each(sharedPostgres())("a bus on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it("finds by looking what nobody rang for", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus({ pollMs: 50, listen: subject.url });
    const listeners = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    await using proxy = await startProxy(subject.url);
    const publisher = subject.busAt(proxy.urlOf(subject.url), quiet);
    const lost = proxy.loseRequest({ of: (request) => request.includes("pg_notify") });
    await publisher.publish([event(0)], {});
    await lost;
    await until(() => listeners.every(({ heard }) => heard.length > 0));
    expect(listeners.map(({ heard }) => seqs(heard))).toEqual([[0], [0]]);
  });

  it("says that it does not know when the connection is cut in publish, and the same again is heard at most twice", async () => {
    await using subject = await EventsSubject.on(database);
    const { heard } = await subject.listen(subject.bus());
    await using proxy = await startProxy(subject.url);
    const publisher = subject.busAt(proxy.urlOf(subject.url), quiet);
    await publisher.publish([event(0)], {});
    const unknown = proxy.loseAnswer(postgresRequest("INSERT INTO"));
    const { retryable } = await refusal(publisher.publish([event(1)], {}), "STORE_UNAVAILABLE");
    await unknown;
    expect(retryable).toBe(true);
    await publisher.publish([event(1)], {});
    const undone = proxy.loseRequest(postgresRequest("INSERT INTO"));
    await refusal(publisher.publish([event(2)], {}), "STORE_UNAVAILABLE");
    await undone;
    await publisher.publish([event(2)], {});
    await until(() => seqs(heard).includes(2));
    expect(seqs(heard)).toEqual([0, 1, 1, 2]);
  });

  it("misses nothing and repeats nothing through cut connections", async () => {
    await using subject = await EventsSubject.on(database);
    await using proxy = await startProxy(subject.url);
    const away = subject.busAt(proxy.urlOf(subject.url), {
      ...quiet,
      timeoutMs: 3_000,
      pollMs: 50,
      listen: proxy.urlOf(subject.url),
    });
    const { heard } = await subject.listen(away);
    const { heard: shared } = await subject.listen(away, { group: "g" });
    const publisher = subject.bus();
    for (let round = 0; round < 20; round++) {
      await publisher.publish(events(5 * round, 5 * round + 5), {});
      if (round % 5 === 1) proxy.cut();
      if (round % 5 === 2) proxy.stall();
      if (round % 5 !== 4) continue;
      await proxy.restore();
      await until(() => heard.length >= 5 * round + 5);
    }
    await until(() => seqs(shared).includes(99));
    expect(seqs(heard)).toEqual(numbers(0, 100));
    // A group may get again what it was done with and could not say.
    expect([...new Set(seqs(shared))]).toEqual(numbers(0, 100));
  });

  it("goes on where it was after the server's sessions were ended", async () => {
    await using subject = await EventsSubject.on(database);
    const buses = [subject.bus(quiet), subject.bus(quiet)];
    const listeners = await Promise.all(
      buses.flatMap((bus) => [subject.listen(bus), subject.listen(bus, { group: "g" })]),
    );
    const publisher = subject.bus(quiet);
    for (let round = 0; round < 5; round++) {
      await until(() =>
        publisher.publish([event(round)], {}).then(
          () => true,
          () => false,
        ),
      );
      await subject.rows(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
      );
    }
    const everything = listeners.filter((_, index) => index % 2 === 0);
    const shared = listeners.filter((_, index) => index % 2 === 1);
    await until(
      () =>
        everything.every(({ heard }) => seqs(heard).includes(4)) &&
        shared.some(({ heard }) => seqs(heard).includes(4)),
    );
    for (const { heard } of everything) expect([...new Set(seqs(heard))]).toEqual(numbers(0, 5));
    expect([...new Set(shared.flatMap(({ heard }) => seqs(heard)))].sort()).toEqual(numbers(0, 5));
  });

  it("goes on where its row is when a failover has lost the newest events", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus(quiet);
    const [one, slow] = [await subject.listen(bus), await subject.listen(subject.bus(quiet), { group: "g" })];
    await bus.publish(events(0, 5), {});
    await until(() => one.heard.length >= 5 && slow.heard.length >= 5);
    // The standby has the events up to the second, and what was said until then about how far everybody was.
    // All of it at once, as a process sees it that reaches another server.
    await subject.admin.query(`
      BEGIN;
      DELETE FROM ${subject.name}.events WHERE position > 3;
      UPDATE ${subject.name}.event_readers SET position = 2;
      UPDATE ${subject.name}.event_groups SET position = 2, fence = 1;
      ALTER TABLE ${subject.name}.events ALTER COLUMN position RESTART WITH 4;
      COMMIT`);
    // More than were lost: who trusts positions alone takes the first of them for known.
    await subject.bus().publish(events(10, 20), {});
    await until(() => [one, slow].every(({ heard }) => seqs(heard).includes(19)));
    for (const { heard } of [one, slow]) expect(seqs(heard).slice(5)).toEqual([1, ...numbers(10, 20)]);
  });

  it("shares a pool with another bus, and leaves it to the application", async () => {
    await using subject = await EventsSubject.on(database);
    const pool = database.pool({ max: 4 });
    const [one, two] = [subject.busAt(pool), subject.busAt(pool)];
    const listeners = [await subject.listen(one), await subject.listen(two)];
    await Promise.all(numbers(0, 50).map((seq) => (seq % 2 ? one : two).publish([event(seq)], {})));
    await until(() => listeners.every(({ heard }) => heard.length >= 50));
    for (const { heard } of listeners) expect(seqs(heard).sort((a, b) => a - b)).toEqual(numbers(0, 50));
    await one.close();
    await two.publish([event(50)], {});
    await until(() => seqs(listeners[1]!.heard).includes(50));
    expect(seqs(listeners[0]!.heard)).not.toContain(50);
    await two.close();
    expect(pool.totalCount).toBe(pool.idleCount);
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    expect(await subject.rows("SELECT FROM {schema}.event_readers")).toEqual([]);
  });

  it("gives up a call whose signal aborts, and sends nothing of it that has not begun", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus();
    const { heard } = await subject.listen(subject.bus());
    const holder = await database.admin.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT pg_advisory_xact_lock(hashtextextended('evenmatch events ' || $1, 0))", [
      subject.name,
    ]);
    const reason = new Error("no longer needed");
    const [begun, waiting] = [new AbortController(), new AbortController()];
    const first = bus.publish([event(0)], { signal: begun.signal });
    const second = bus.publish([event(1)], { signal: begun.signal });
    // The first statement is under way; this one waits for it.
    await until(async () => {
      const rows = await subject.rows(
        "SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()",
      );
      return rows.length > 0;
    });
    const third = bus.publish([event(2)], { signal: waiting.signal });
    begun.abort(reason);
    waiting.abort(reason);
    for (const call of [first, second, third]) await expect(call).rejects.toBe(reason);
    await expect(bus.subscribe(() => {}, { signal: waiting.signal })).rejects.toBe(reason);
    await holder.query("COMMIT");
    holder.release();
    await bus.publish([event(3)], {});
    await until(() => seqs(heard).includes(3));
    expect(seqs(heard)).not.toContain(2);
  });

  it("that is closed says so, and hears nothing more", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus();
    const { heard } = await subject.listen(bus);
    const late = bus.subscribe(() => {}, {});
    const outcome = late.then(
      ({ close }) => close(),
      (error: unknown) => error,
    );
    await bus.close();
    await bus[Symbol.asyncDispose]();
    await outcome;
    await refusal(bus.publish([event(0)], {}), "CLOSED");
    await refusal(
      bus.subscribe(() => {}, {}),
      "CLOSED",
    );
    await subject.bus().publish([event(1)], {});
    expect(heard).toEqual([]);
    expect(await subject.rows("SELECT FROM {schema}.event_readers")).toEqual([]);
  });

  it("tells of an outage once when it begins, and works when it is over", async () => {
    await using subject = await EventsSubject.on(database);
    await using proxy = await startProxy(subject.url);
    const told: string[] = [];
    const away = subject.busAt(proxy.urlOf(subject.url), {
      timeoutMs: 3_000,
      pollMs: 20,
      onError: ({ code }) => told.push(code),
    });
    const { heard } = await subject.listen(away);
    await proxy.refuse();
    proxy.cut();
    await until(() => told.length > 0);
    const failing = away.publish([event(0)], {});
    await refusal(failing, "STORE_UNAVAILABLE");
    await proxy.accept();
    await away.publish([event(1)], {});
    await until(() => seqs(heard).includes(1));
    expect(told).toEqual(["STORE_UNAVAILABLE"]);
  });

  it.each([{ retainMs: 0 }, { leaseMs: 1.5 }, { schema: "" }, { pollMs: -1 }])("refuses %j", (options) => {
    expect(() => new PostgresEventBus(database.admin, options)).toThrow(/at least 1|a schema is/);
  });
});
