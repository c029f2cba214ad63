import type { Lease, OwnerEvent, Ticket } from "@evenmatch/core";
import { sharedRedis } from "@evenmatch/services/vitest";
import { expect } from "vitest";
import type { RedisTicketStore, RedisTicketStoreOptions } from "../../src/index.js";
import { placeOn, ticketStoreSubject, type Subject } from "./subject.js";

export const NOW = 1_750_000_000_000;
export const POOL = { queue: "duel", region: "eu" };

/** A process that runs pools and writes down what it hears. */
export class Worker {
  readonly heard: OwnerEvent[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  failure: unknown;

  constructor(readonly store: RedisTicketStore) {
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

/** What a test of owners plays on. */
export interface Play extends Pick<Subject, "prefix" | "admin"> {
  readonly store: RedisTicketStore;
  /** What the names of the queue's keys begin with. */
  readonly tag: string;
  /** Sends a command as nobody's process. */
  command(name: string, ...args: (string | number)[]): Promise<unknown>;
  worker(): Worker;
  join(...names: string[]): Promise<void>;
}

export async function play(
  options: RedisTicketStoreOptions,
  run: (stage: Play) => Promise<void>,
  server: { readonly url: string } = sharedRedis(),
): Promise<void> {
  const subject = ticketStoreSubject(placeOn(server), options);
  const workers: Worker[] = [];
  const store = subject.store();
  try {
    await run({
      ...subject,
      store,
      tag: `{${subject.prefix}:duel}:`,
      command: (name, ...args) => subject.admin.call(name, args),
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
