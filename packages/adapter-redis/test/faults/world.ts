import type { Request, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";
import {
  redisEventBus,
  redisTicketStore,
  type RedisConnectionOptions,
  type RedisLike,
} from "../../src/index.js";
import type { Calls } from "./row.js";

export const NOON = Date.UTC(2026, 0, 1, 12);
export const POOL = { queue: "duo", region: "eu" };

let made = 0;

/** A ticket of a player of its own. */
export function aTicket(): Ticket {
  const number = ++made;
  const players = [{ id: `player ${number}`, rating: 1500 }];
  return { ...POOL, id: idOf(POOL, `t${number}`), players, joinedAt: NOON };
}

export function join(ticket: Ticket): Request {
  return { type: "join", ticket };
}

/** The store and the buses of one process on one server, and what each of them does all day. */
export class Stores implements AsyncDisposable {
  readonly tickets;
  /** Events that are kept, and events that are not. */
  readonly events;
  readonly calls: Calls;
  readonly #announcements;

  constructor(given: RedisLike | string, options: RedisConnectionOptions = {}) {
    const quiet = { ...options, onError: () => {} };
    const tickets = (this.tickets = redisTicketStore(given, options));
    const events = (this.events = redisEventBus(given, quiet));
    const announcements = (this.#announcements = redisEventBus(given, {
      ...quiet,
      delivery: "at-most-once",
    }));
    // A joining ticket stays the same until it was acknowledged.
    let waiting = aTicket();
    const event = () => {
      const ticket = aTicket();
      return { v: 1, type: "ticket.joined", at: NOON, pool: POOL, seq: ++made, data: { ticket } } as const;
    };
    this.calls = {
      async join() {
        await tickets.submit([join(waiting)], { now: NOON });
        waiting = aTicket();
      },
      async read() {
        await tickets.read([{ type: "ticket", ticketId: waiting.id }], {});
      },
      async publish() {
        await events.publish([event()], {});
      },
      async announce() {
        await announcements.publish([event()], {});
      },
    };
  }

  /** Those that change what the server keeps. */
  get writes(): Calls {
    const { join, publish } = this.calls;
    return { join: join!, publish: publish! };
  }

  /** Those that change nothing. */
  get others(): Calls {
    const { read, announce } = this.calls;
    return { read: read!, announce: announce! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.tickets, this.events, this.#announcements].map((one) => one.close()));
  }
}
