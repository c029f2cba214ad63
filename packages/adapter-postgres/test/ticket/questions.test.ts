import type { Answer, OwnerEvent, PoolKey } from "@evenmatch/core";
import { startProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  migrate,
  postgresTicketStore,
  type PoolLike,
  type PostgresTicketStore,
  type PostgresTicketStoreOptions,
} from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { aTicket, join } from "../faults/world.js";
import { refusal } from "../refusal.js";

type Asked = OwnerEvent & { readonly type: "asked" };

const POOL: PoolKey = { queue: "duo", region: "eu" };
const NONE: Answer = { type: "none" };

describe.each(sharedPostgres())("questions on Postgres $version", (server) => {
  let database: TestDatabase;
  const opened: PostgresTicketStore[] = [];
  const asked: Asked[] = [];
  /** Why owners could not go on. */
  const ends: unknown[] = [];
  beforeEach(async () => {
    database = await TestDatabase.on(server);
    await migrate(database.admin);
    asked.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await database[Symbol.asyncDispose]();
    // Where the tables are taken away, the owner may be told so before who asks.
    for (const end of ends.splice(0)) expect(end).toMatchObject({ code: "STORE_MISCONFIGURED" });
  });

  const open = (pool: PoolLike | string, options: PostgresTicketStoreOptions = {}): PostgresTicketStore => {
    const store = postgresTicketStore(pool, options);
    opened.push(store);
    return store;
  };

  /** Somebody runs the pool, and says nothing to what he is asked. */
  const owned = async (): Promise<void> => {
    const owner = open(database.url);
    await owner.submit([join(aTicket())], { now: 1 });
    let isOwned = false;
    void (async () => {
      for await (const event of owner.own([POOL.queue], {})) {
        if (event.type === "gained") isOwned = true;
        if (event.type === "asked") asked.push(event);
      }
    })().catch((error: unknown) => ends.push(error));
    await expect.poll(() => isOwned).toBe(true);
  };

  /** A question that was heard, and is not answered yet. */
  const ask = async (store: PostgresTicketStore, signal?: AbortSignal): Promise<Promise<Answer>[]> => {
    const { length } = asked;
    const answer = store.ask(POOL, { type: "estimate", rating: 1 }, { signal });
    answer.catch(() => {});
    await expect.poll(() => asked.length).toBe(length + 1);
    return [answer];
  };

  it("that wait when their store is closed are told so at once", async () => {
    await owned();
    await using proxy = await startProxy(database.url);
    const store = open(proxy.urlOf(database.url));
    const [one] = await ask(store);
    const [other] = await ask(store);
    // Nothing that has to be said to the server is waited for.
    proxy.stall();
    const unheard = store.ask(POOL, { type: "estimate", rating: 1 }, {});
    const answers = [one!, other!, unheard].map((answer) => refusal(answer, "CLOSED"));
    let isClosed = false;
    const closing = store.close().then(() => (isClosed = true));
    await Promise.all(answers);
    expect(isClosed).toBe(false);
    await proxy.restore();
    await closing;
    await refusal(store.ask(POOL, { type: "estimate", rating: 1 }, {}), "CLOSED");
  });

  describe("whose database is gone for a while", () => {
    /** A store whose way to the database can be closed, though it hears wake-ups; counts the looks in vain. */
    const cutOff = async () => {
      const proxy = await startProxy(database.url);
      const pool = database.pool({ url: proxy.urlOf(database.url) });
      let failed = 0;
      const counted: PoolLike = {
        query: (statement) =>
          pool.query(statement).catch((error: unknown) => {
            if (statement.text.includes("LEFT JOIN")) failed++;
            throw error;
          }),
        connect: (taken) => pool.connect(taken),
      };
      const store = open(counted, { listen: database.url, pollMs: 10 });
      return { proxy, store, failed: () => failed };
    };

    it("wait for their answer", async () => {
      await owned();
      const { proxy, store, failed } = await cutOff();
      const [one] = await ask(store);
      const [other] = await ask(store);
      await proxy.refuse();
      proxy.cut();
      await expect.poll(failed).toBeGreaterThan(2);
      for (const { reply } of asked) reply(NONE);
      await proxy.accept();
      expect(await Promise.all([one, other])).toEqual([NONE, NONE]);
      await proxy.close();
    });

    it("end with their signal, each for itself", async () => {
      await owned();
      const { proxy, store, failed } = await cutOff();
      const stop = new AbortController();
      const [one] = await ask(store, stop.signal);
      const [other] = await ask(store);
      await proxy.refuse();
      proxy.cut();
      await expect.poll(failed).toBeGreaterThan(0);
      stop.abort(new Error("enough"));
      await expect(one).rejects.toThrow("enough");
      for (const { reply } of asked) reply(NONE);
      await proxy.accept();
      expect(await other).toEqual(NONE);
      await proxy.close();
    });
  });

  it("that can no longer be looked after are told why", async () => {
    await owned();
    const store = open(database.pool(), { pollMs: 10 });
    const [answer] = await ask(store);
    await database.admin.query("ALTER TABLE evenmatch.questions RENAME TO gone");
    await refusal(answer!, "STORE_MISCONFIGURED", /tables/);
    await database.admin.query("ALTER TABLE evenmatch.gone RENAME TO questions");
  });
});
