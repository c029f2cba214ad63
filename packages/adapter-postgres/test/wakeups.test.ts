import { systemClock, type Clock } from "@evenmatch/core";
import { startPgBouncer, startProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { hurried, numbers } from "@evenmatch/services/vitest/adapter";
import { Pool } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../src/connection/database.js";
import { settingsOf, type PostgresOptions } from "../src/connection/options.js";
import { Wakeups } from "../src/connection/wakeups.js";
import { migrate } from "../src/index.js";
import { TestDatabase } from "./databases.js";
import { until } from "./event/subject.js";
import { refusal } from "./refusal.js";

/** A clock that knows how many waits are under way. */
function counting(): Clock & { readonly waits: () => number } {
  const clock = systemClock();
  const waiting = new Set<symbol>();
  return {
    now: () => clock.now(),
    stopwatch: () => clock.stopwatch(),
    waits: () => waiting.size,
    at(when, run) {
      const wait = Symbol("wait");
      waiting.add(wait);
      const cancel = clock.at(when, () => {
        waiting.delete(wait);
        run();
      });
      return () => {
        waiting.delete(wait);
        cancel();
      };
    },
  };
}

describe.each(sharedPostgres())("wake-ups on Postgres $version", (server) => {
  let database: TestDatabase;
  const opened: Wakeups[] = [];
  beforeAll(async () => {
    database = await TestDatabase.on(server);
    await migrate(database.admin);
  });
  afterEach(() => Promise.all(opened.splice(0).map((wakeups) => wakeups.close())));
  afterAll(() => database[Symbol.asyncDispose]());

  const open = (pool: Pool | string = database.pool(), options: PostgresOptions = {}): Wakeups => {
    const settings = settingsOf(options);
    const wakeups = new Wakeups(new Database(pool, settings), settings);
    opened.push(wakeups);
    return wakeups;
  };
  /** Writes down what came with each wake-up. */
  const hear = async (wakeups: Wakeups, topic = "news") => {
    const heard: (readonly string[])[] = [];
    const off = await wakeups.on(topic, (details) => heard.push(details));
    return { heard, off, details: () => heard.flat() };
  };
  const listeners = async (): Promise<number> => {
    const rows = await database.rows(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    return rows.length;
  };

  it("reach everybody who waits for their topic, in this process and others, and nobody else", async () => {
    const [one, two] = [open(), open()];
    const [here, there, other] = [await hear(one), await hear(two), await hear(two, "other")];
    one.ring("news", ["a"]);
    one.ring("news", ["b", "a"]);
    await until(() => [here, there].every(({ details }) => details().length >= 2));
    expect([here.details(), there.details(), other.details()]).toEqual([["a", "b"], ["a", "b"], []]);
    here.off();
    one.ring("news", ["c"]);
    await until(() => there.details().includes("c"));
    expect(here.details()).toEqual(["a", "b"]);
    expect(await listeners()).toBe(2);
  });

  it("carry more than one notification holds", async () => {
    const wakeups = open();
    const { details } = await hear(wakeups);
    const many = numbers(0, 5_000).map((index) => `pool-${index}`);
    wakeups.ring("news", many);
    await until(() => details().length >= many.length);
    expect(details()).toEqual(many);
  });

  it("that were rung go out before it closes", async () => {
    const { details } = await hear(open());
    const wakeups = open();
    wakeups.ring("news", ["last"]);
    await wakeups.close();
    await until(() => details().includes("last"));
  });

  it("come again after the connection that listens was cut, on one new connection", async () => {
    await using proxy = await startProxy(database.url);
    const { heard, details } = await hear(open(database.pool(), { listen: proxy.urlOf(database.url) }));
    for (let round = 0; round < 3; round++) {
      const [before, accepted] = [heard.length, proxy.accepted];
      proxy.cut();
      // Whoever listens again is told to look for itself.
      await until(() => proxy.accepted > accepted && heard.slice(before).some(({ length }) => length === 0));
      await until(async () => (await listeners()) === 1);
      open().ring("news", [`${round}`]);
      await until(() => details().includes(`${round}`));
    }
  });

  it("come also where the server takes long to answer who rings first", async () => {
    await using proxy = await startProxy(database.url);
    proxy.delay(50);
    // The three seconds in which a notification has to arrive are 30 ms.
    const options = { listen: database.url, clock: hurried(), timeoutMs: 100_000 };
    await hear(open(database.pool({ url: proxy.urlOf(database.url) }), options));
  });

  it("come again where the connection that listens is dead and nobody was told", async () => {
    await using proxy = await startProxy(database.url);
    // What takes long is over soon: the proof that is repeated once in a while.
    const options = {
      listen: proxy.urlOf(database.url),
      clock: hurried(4_000),
      timeoutMs: 3_000,
      pollMs: 9_000,
    };
    const { details } = await hear(open(database.pool(), options));
    const { accepted } = proxy;
    proxy.halfOpen();
    await until(() => proxy.accepted > accepted);
    await proxy.restore();
    const ringing = open();
    await until(() => {
      ringing.ring("news", ["alive"]);
      return details().includes("alive");
    });
  });

  it("come by looking once in a while, where nothing listens or a notification is lost", async () => {
    const { heard } = await hear(open(database.pool(), { pollMs: 20 }));
    await until(() => heard.length >= 5);
    expect(heard.flat()).toEqual([]);
    expect(await listeners()).toBe(0);
    const listening = await hear(open(database.pool(), { pollMs: 20, listen: database.url }));
    await until(() => listening.heard.length >= 5);
  });

  it("leave no wait and no connection behind", async () => {
    const clock = counting();
    const pool = database.pool();
    const wakeups = open(pool, { clock });
    for (let round = 0; round < 30; round++) (await hear(wakeups)).off();
    const kept = clock.waits();
    const { off } = await hear(wakeups);
    // One to look once in a while, beside the proof that the connection is well.
    expect([kept, clock.waits()]).toEqual([1, 2]);
    off();
    expect(pool.totalCount - pool.idleCount).toBe(1);
    await wakeups.close();
    await wakeups.close();
    expect([clock.waits(), pool.totalCount - pool.idleCount]).toEqual([0, 0]);
    await until(async () => (await listeners()) === 0);
    const { heard } = await hear(wakeups);
    wakeups.ring("news");
    expect([heard, clock.waits()]).toEqual([[], 0]);
  });

  it("closed while it begins to listen leave nothing behind", async () => {
    await using proxy = await startProxy(database.url);
    proxy.delay(30);
    const clock = counting();
    const pool = new Pool({ connectionString: proxy.urlOf(database.url) });
    const wakeups = open(pool, { clock });
    const starting = hear(wakeups).catch(() => {});
    await until(() => proxy.accepted > 0);
    await wakeups.close();
    await starting;
    await until(() => clock.waits() === 0 && pool.totalCount === pool.idleCount);
    await pool.end();
  });

  it("are refused where no server answers, as something to try again, and leave nothing behind", async () => {
    await using proxy = await startProxy(database.url);
    await proxy.refuse();
    const clock = counting();
    for (const options of [{}, { listen: proxy.urlOf(database.url) }]) {
      const wakeups = open(proxy.urlOf(database.url), { ...options, clock });
      const { retryable } = await refusal(hear(wakeups), "STORE_UNAVAILABLE");
      expect([retryable, clock.waits()]).toEqual([true, 0]);
    }
    const wakeups = open(proxy.urlOf(database.url));
    await refusal(hear(wakeups), "STORE_UNAVAILABLE");
    await proxy.accept();
    // The same may be asked again.
    const { details } = await hear(wakeups);
    wakeups.ring("news", ["there"]);
    await until(() => details().includes("there"));
  });

  describe("for several on one pool", () => {
    it("come by one connection, until the last of them is closed", async () => {
      const pool = database.pool({ max: 2 });
      const all = [open(pool), open(pool), open(pool)];
      const heard = await Promise.all(all.map((wakeups) => hear(wakeups)));
      // Those of tests before go when their server has heard of it; one too many would stay.
      await until(async () => (await listeners()) === 1);
      for (const [index, wakeups] of all.entries()) {
        const [rest, text] = [heard.slice(index), `${index}`];
        wakeups.ring("news", [text]);
        await until(() => rest.every(({ details }) => details().includes(text)));
        expect(pool.totalCount - pool.idleCount).toBeLessThanOrEqual(2);
        await wakeups.close();
      }
      expect(heard[0]!.details()).toEqual(["0"]);
      await until(async () => (await listeners()) === 0);
      expect(pool.totalCount).toBe(pool.idleCount);
      // And again, from nothing.
      const { details } = await hear(open(pool));
      open().ring("news", ["again"]);
      await until(() => details().includes("again"));
    });

    it("come again to each of them after the connection was cut", async () => {
      await using proxy = await startProxy(database.url);
      const pool = database.pool({ url: proxy.urlOf(database.url) });
      const heard = [await hear(open(pool)), await hear(open(pool))];
      const before = heard.map((one) => one.heard.length);
      proxy.cut();
      await until(() => heard.every((one, index) => one.heard.length > before[index]!));
      await until(async () => (await listeners()) === 1);
      open().ring("news", ["again"]);
      await until(() => heard.every(({ details }) => details().includes("again")));
    });

    it("come by a connection each where they are to listen to something else, if the pool has enough", async () => {
      const pool = database.pool({ max: 3 });
      await migrate(database.admin, { schema: "other" });
      const [one, other] = [await hear(open(pool)), await hear(open(pool, { schema: "other" }))];
      await migrate(database.admin, { schema: "third" });
      await refusal(hear(open(pool, { schema: "third" })), "STORE_MISCONFIGURED", /`max: 4`/);
      open(pool).ring("news", ["one"]);
      open(pool, { schema: "other" }).ring("news", ["other"]);
      await until(() => one.details().includes("one") && other.details().includes("other"));
      expect([one.details(), other.details()]).toEqual([["one"], ["other"]]);
      const side = await hear(open(pool, { schema: "third", listen: database.url }));
      open(pool, { schema: "third" }).ring("news", ["third"]);
      await until(() => side.details().includes("third"));
    });

    it("go on for the others when one is closed while it begins to listen", async () => {
      await using proxy = await startProxy(database.url);
      proxy.delay(30);
      const pool = database.pool({ url: proxy.urlOf(database.url) });
      const [leaving, staying] = [open(pool), open(pool)];
      const starting = [hear(leaving).catch(() => {}), hear(staying)] as const;
      await until(() => proxy.accepted > 0);
      await leaving.close();
      const { details } = await starting[1];
      await starting[0];
      staying.ring("news", ["here"]);
      await until(() => details().includes("here"));
    });
  });

  it("need a connection beside the one that listens", async () => {
    await refusal(hear(open(database.pool({ max: 1 }))), "STORE_MISCONFIGURED", /`max: 2`/);
    const { details } = await hear(open(database.pool({ max: 1 }), { listen: database.url }));
    open().ring("news", ["one"]);
    await until(() => details().includes("one"));
  });

  it("are refused while the pool has no connection to spare, as something to try again, and give back one that comes too late", async () => {
    const pool = database.pool({ max: 2 });
    const taken = [await pool.connect(), await pool.connect()];
    const { retryable } = await refusal(hear(open(pool, { timeoutMs: 100 })), "STORE_UNAVAILABLE");
    expect(retryable).toBe(true);
    for (const client of taken) client.release();
    await until(() => pool.idleCount === 2 && pool.waitingCount === 0);
  });

  it("do not keep an application from ending its pool first, and say what is wrong then", async () => {
    const pool = new Pool({ connectionString: database.url });
    const settings = settingsOf({ pollMs: 20 });
    const given = new Database(pool, settings);
    const wakeups = new Wakeups(given, { ...settings, isListening: true });
    opened.push(wakeups);
    await hear(wakeups);
    await pool.end();
    await refusal(given.query("SELECT 1"), "CLOSED", /ended after the stores/);
  });

  describe("behind PgBouncer in transaction mode", () => {
    let bouncer: Awaited<ReturnType<typeof startPgBouncer>>;
    beforeAll(async () => {
      bouncer = await startPgBouncer({ upstream: server.url, mode: "transaction" });
    });
    afterAll(() => bouncer.stop());

    it("are refused, with what to do about it", async () => {
      const pool = new Pool({ connectionString: bouncer.urlOf(database.url) });
      await refusal(
        hear(open(pool)),
        "STORE_MISCONFIGURED",
        /pooler in transaction mode.*`listen`.*`pollMs`/,
      );
      expect(pool.totalCount).toBe(pool.idleCount);
      const listen = bouncer.urlOf(database.url);
      await refusal(hear(open(pool, { listen })), "STORE_MISCONFIGURED", /pooler in transaction mode/);
      await pool.end();
    });

    it("come by a connection of their own", async () => {
      const pool = new Pool({ connectionString: bouncer.urlOf(database.url) });
      const wakeups = open(pool, { listen: database.url });
      const { details } = await hear(wakeups);
      wakeups.ring("news", ["by the side door"]);
      await until(() => details().includes("by the side door"));
      await wakeups.close();
      await pool.end();
    });

    it("come by looking once in a while", async () => {
      const pool = new Pool({ connectionString: bouncer.urlOf(database.url) });
      const wakeups = open(pool, { pollMs: 20 });
      const { heard } = await hear(wakeups);
      await until(() => heard.length > 3);
      await wakeups.close();
      await pool.end();
    });
  });
});
