import type { Lease, OwnerEvent, Ticket } from "@evenmatch/core";
import { expect } from "vitest";
import { quoted } from "../../src/connection/options.js";
import type { PostgresTicketStore, PostgresTicketStoreOptions } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { ticketStoreSubject } from "./subject.js";

export const NOW = 1_750_000_000_000;
export const POOL = { queue: "duel", region: "eu" };

/** A process that runs pools and writes down what it hears. */
export class Worker {
  readonly heard: OwnerEvent[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  failure: unknown;

  constructor(readonly store: PostgresTicketStore) {
    this.#running = this.#run();
  }

  /** The lease that it holds, if it does. */
  get lease(): Lease | undefined {
    return this.heard.findLast((event) => event.type === "gained" && !event.lease.lost.aborted)?.lease;
  }

  /** Every ticket that it has heard of since it gained the pool last. */
  get known(): string[] {
    const from = this.heard.findLastIndex(({ type }) => type === "gained");
    return this.heard.slice(from).flatMap((event) => {
      if (event.type === "gained") return event.waiting.map(({ ticket }) => ticket.id);
      if (event.type !== "changed") return [];
      return event.changes.flatMap(({ change }) => (change.type === "joined" ? [change.ticket.id] : []));
    });
  }

  stop(): Promise<void> {
    this.#stop.abort();
    return this.#running;
  }

  async #run(): Promise<void> {
    try {
      const offer = this.store.own(["duel"], { signal: this.#stop.signal });
      for await (const event of offer) this.heard.push(event);
    } catch (error) {
      this.failure = error;
    }
  }
}

export function ticket(name: string, pool = POOL): Ticket {
  return { id: `duel.${pool.region}.${name}`, ...pool, players: [{ id: name, rating: 1500 }], joinedAt: NOW };
}

export async function play(
  server: { readonly url: string },
  options: PostgresTicketStoreOptions,
  run: (stage: {
    database: TestDatabase;
    schema: string;
    store: Worker["store"];
    worker: () => Worker;
    join: (...names: string[]) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await using database = await TestDatabase.on(server);
  const subject = await ticketStoreSubject(database, options);
  const workers: Worker[] = [];
  const store = subject.store();
  try {
    await run({
      database,
      schema: quoted(subject.schema),
      store,
      worker: () => {
        const worker = new Worker(subject.store());
        workers.push(worker);
        return worker;
      },
      join: async (...names) => {
        const outcomes = await store.submit(
          names.map((name) => ({ type: "join", ticket: ticket(name) })),
          { now: NOW },
        );
        expect(outcomes.map(({ type }) => type)).toEqual(names.map(() => "added"));
      },
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await subject.close();
  }
}

export const until = (condition: () => unknown): Promise<void> =>
  expect.poll(condition, { interval: 5, timeout: 15_000 }).toBeTruthy();
