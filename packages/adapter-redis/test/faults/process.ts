import type { EvenmatchError, Player, Request, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { redisTicketStore, type RedisLike, type RedisTicketStoreOptions } from "../../src/index.js";
import { quiet } from "../ticket/subject.js";
import { Worker } from "../ticket/worker.js";
import type { Calls } from "./row.js";

export const NOON = 1_750_000_000_000;
export const POOL = { queue: "duel", region: "eu" };
/** What the names of the queue's keys begin with, where nobody says otherwise. */
export const TAG = "{evenmatch:duel}:";

let made = 0;

/** A ticket of a player of its own. */
export function aTicket(more: Partial<Ticket> = {}, attributes: Player["attributes"] = {}): Ticket {
  const number = ++made;
  const players = [{ id: `player ${number}`, rating: 1500, attributes }];
  return { ...POOL, id: idOf(POOL, `t${number}`), players, joinedAt: NOON, ...more };
}

export function join(ticket: Ticket): Request {
  return { type: "join", ticket };
}

/** The store of one process, and what it does all day. */
export class Process implements AsyncDisposable {
  readonly tickets;
  readonly problems: EvenmatchError[] = [];
  /** The same calls again and again: a joining ticket stays the same until it was acknowledged. */
  readonly calls: Calls;
  readonly #client: Redis | undefined;
  readonly #workers: Worker[] = [];

  constructor(given: RedisLike | string, options: RedisTicketStoreOptions = {}) {
    if (typeof given === "string") this.#client = quiet(new Redis(given));
    const tickets = (this.tickets = redisTicketStore(this.#client ?? given, {
      leaseMs: 3_000,
      onProblem: (error) => this.problems.push(error),
      ...options,
    }));
    let waiting = aTicket();
    this.calls = {
      async join() {
        const [outcome] = await tickets.submit([join(waiting)], { now: NOON });
        expect(["added", "same"]).toContain(outcome?.type);
        waiting = aTicket();
      },
      async read() {
        await tickets.read([{ type: "ticket", ticketId: waiting.id }], {});
      },
    };
  }

  /** Those that change something. */
  get writes(): Calls {
    return { join: this.calls["join"]! };
  }

  /** Joins, and answers with the outcome. */
  async join(ticket: Ticket): Promise<string | undefined> {
    return (await this.tickets.submit([join(ticket)], { now: NOON }))[0]?.type;
  }

  /** Runs pools, in this process. */
  worker(): Worker {
    const worker = new Worker(this.tickets);
    this.#workers.push(worker);
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.tickets.close();
    this.#client?.disconnect();
  }
}

/** Resolves when the calls do their work again. */
export async function recovers(calls: Calls): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    const works = (): Promise<string> =>
      call().then(
        () => name,
        (error: unknown) => String(error),
      );
    await expect.poll(works, { interval: 20 }).toBe(name);
  }
}

/** Resolves when who runs the pool knows exactly these tickets. */
export async function knows(worker: () => Worker, tickets: readonly Ticket[]): Promise<void> {
  const ids = tickets.map(({ id }) => id).sort();
  await expect.poll(() => worker().known.sort(), { interval: 20 }).toEqual(ids);
}
