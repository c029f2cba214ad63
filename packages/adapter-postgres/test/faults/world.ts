import type { Match, Player, Request, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";
import type { PoolClient } from "pg";
import { expect } from "vitest";
import {
  migrate,
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
  type PostgresOptions,
} from "../../src/index.js";
import type { PoolLike } from "../../src/connection/driver.js";
import { TestDatabase } from "../databases.js";
import { match, NOON } from "../match/making.js";
import type { Calls } from "./row.js";

let made = 0;

/** A ticket of a player of its own. */
export function aTicket(more: Partial<Ticket> = {}, attributes: Player["attributes"] = {}): Ticket {
  const number = ++made;
  const pool = { queue: "duo", region: "eu" };
  const players = [{ id: `player ${number}`, rating: 1500, attributes }];
  return { ...pool, id: idOf(pool, `t${number}`), players, joinedAt: NOON, ...more };
}

export function join(ticket: Ticket): Request {
  return { type: "join", ticket };
}

/** The stores of one process on one database, and what each of them does all day. */
export class Stores implements AsyncDisposable {
  readonly tickets;
  readonly matches;
  readonly events;
  /** The same calls again and again: a joining ticket stays the same until it was acknowledged. */
  readonly calls: Calls;

  /** With a note, every player brings it along. */
  constructor(given: PoolLike | string, options: PostgresOptions = {}, note?: string) {
    const attributes = note === undefined ? {} : { note };
    const newTicket = (): Ticket => aTicket({}, attributes);
    const newMatch = (): Match => match(`duo.eu.m${++made}`, [[newTicket()], [newTicket()]]);
    const tickets = (this.tickets = postgresTicketStore(given, options));
    const matches = (this.matches = postgresMatchStore(given, options));
    const events = (this.events = postgresEventBus(given, options));
    let waiting = newTicket();
    let played = newMatch();
    this.calls = {
      async join() {
        await tickets.submit([join(waiting)], { now: NOON });
        waiting = newTicket();
      },
      async read() {
        await tickets.read([{ type: "ticket", ticketId: waiting.id }], {});
      },
      async save() {
        await matches.save([played], {});
        played = newMatch();
      },
      async list() {
        await matches.list({}, {});
      },
      async publish() {
        const ticket = newTicket();
        const { queue, region, joinedAt: at } = ticket;
        const pool = { queue, region };
        await events.publish([{ v: 1, type: "ticket.joined", at, pool, seq: ++made, data: { ticket } }], {});
      },
    };
  }

  /** Those that change something. */
  get writes(): Calls {
    const { join, save, publish } = this.calls;
    return { join: join!, save: save!, publish: publish! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.tickets.close(), this.matches.close(), this.events.close()]);
  }
}

/** A fresh database with the tables of Evenmatch. */
export async function migrated(server: { readonly url: string }): Promise<TestDatabase> {
  const database = await TestDatabase.on(server);
  await migrate(database.admin);
  return database;
}

/** Tables that nobody else can touch until `release`: every call that needs one of them waits. */
export class Blockade implements AsyncDisposable {
  readonly #client: PoolClient;
  readonly #database: TestDatabase;
  #isReleased = false;

  private constructor(client: PoolClient, database: TestDatabase) {
    this.#client = client;
    this.#database = database;
  }

  static async of(database: TestDatabase): Promise<Blockade> {
    const client = await database.admin.connect();
    client.on("error", () => {});
    await client.query("begin");
    const { rows } = await client.query<{ tables: string }>(
      `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables
       from pg_tables where schemaname = 'evenmatch'`,
    );
    await client.query(`lock table ${rows[0]!.tables} in access exclusive mode`);
    return new Blockade(client, database);
  }

  /** The backends that wait, once there are so many. */
  async waiting(count: number): Promise<number[]> {
    let pids: number[] = [];
    const sql = `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    await expect
      .poll(
        async () => (pids = (await this.#database.rows<{ pid: number }>(sql)).map(({ pid }) => pid)).length,
      )
      .toBe(count);
    return pids;
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    await this.#client.query("rollback").catch(() => {});
    this.#client.release(true);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

/** Starts every call, and gives promises that may fail before anybody looks. */
export function started(calls: Calls): Calls {
  return Object.fromEntries(
    Object.entries(calls).map(([name, call]) => {
      const promise = call();
      promise.catch(() => {});
      return [name, () => promise];
    }),
  );
}
