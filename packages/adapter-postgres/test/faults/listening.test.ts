import type { OwnerEvent, PoolChange } from "@evenmatch/core";
import { postgresRequest, startProxy, type TcpProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { postgresTicketStore, type PostgresOptions } from "../../src/index.js";
import type { TestDatabase } from "../databases.js";
import { NOON } from "../match/making.js";
import { fault, refused, works } from "./row.js";
import { aTicket, join, migrated, Stores } from "./world.js";

/** Whoever runs pools of the queue `duo`, and what he has heard. */
class Listener implements AsyncDisposable {
  readonly heard: string[] = [];
  readonly ended: Promise<void>;
  readonly #store;
  readonly #stop = new AbortController();

  constructor(url: string, options: PostgresOptions) {
    this.#store = postgresTicketStore(url, options);
    this.ended = this.#listen(this.#store.own(["duo"], { signal: this.#stop.signal }));
    this.ended.catch(() => {});
  }

  async joins(): Promise<string> {
    const ticket = aTicket();
    await this.#store.submit([join(ticket)], { now: NOON });
    return ticket.id;
  }

  async #listen(events: AsyncIterable<OwnerEvent>): Promise<void> {
    for await (const event of events) {
      if (event.type === "gained") this.heard.push(...event.waiting.map(({ ticket }) => ticket.id));
      if (event.type === "changed") this.heard.push(...event.changes.flatMap(joined));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#store.close();
  }
}

function joined({ change }: PoolChange): string[] {
  return change.type === "joined" ? [change.ticket.id] : [];
}

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let listen = "";
  beforeEach(async () => {
    database = await migrated(server);
    proxy = await startProxy(server.url);
    listen = proxy.urlOf(database.url);
  });
  afterEach(async () => {
    await proxy.close();
    await database[Symbol.asyncDispose]();
  });

  /** The listener hears of a ticket that somebody joins now. */
  const hears = async (listener: Listener) => {
    const id = await listener.joins();
    await expect.poll(() => listener.heard).toContain(id);
  };
  // News that are only found by looking would be found too late for this test.
  const NEVER = 3_600_000;

  fault("the connection that listens is cut", async () => {
    await using listener = new Listener(database.url, { listen, pollMs: NEVER });
    await hears(listener);
    await proxy.refuse();
    proxy.cut();
    const missed = await listener.joins();
    await proxy.accept();
    // What was rung while nobody listened is looked for as soon as somebody does again.
    await expect.poll(() => listener.heard).toContain(missed);
    await hears(listener);
  });

  fault("the connection that listens hears nothing more, and nobody is told", async () => {
    await using listener = new Listener(database.url, { listen, pollMs: 200 });
    await hears(listener);
    proxy.halfOpen();
    await hears(listener);
    await hears(listener);
  });

  fault("the network forgets the connection that listens, and tells nobody", async () => {
    await using listener = new Listener(database.url, { listen, pollMs: NEVER, timeoutMs: 3_000 });
    await hears(listener);
    proxy.forget();
    const missed = await listener.joins();
    await expect.poll(() => listener.heard).toContain(missed);
    await hears(listener);
  });

  fault("a pool has no connection left beside those that listen", async (row) => {
    const pool = database.pool({ max: 1 });
    await using stores = new Stores(pool);
    const own = async () => {
      for await (const _ of stores.tickets.own(["duo"], {})) expect.fail("it cannot run pools");
    };
    const subscribe = () => stores.events.subscribe(() => {}, {});
    for (const error of Object.values(await refused(row, { own, subscribe })))
      expect(error.remedy).toContain("`max: 2` or more");
    // What needs no news works all the same.
    await works(stores.calls);
    await using larger = new Stores(database.pool({ max: 2 }));
    await using listening = new Stores(pool, { listen: database.url });
    await using polling = new Stores(pool, { pollMs: 50 });
    for (const { events } of [larger, listening, polling]) await events.subscribe(() => {}, {});
  });

  fault("the connection that is to listen breaks at the start", async (row) => {
    const lost = proxy.loseAnswer(postgresRequest("LISTEN"));
    const listener = new Listener(listen, {});
    await refused(row, { own: () => listener.ended });
    await lost;
    await listener[Symbol.asyncDispose]();
    await using again = new Listener(listen, {});
    await hears(again);
  });
});
