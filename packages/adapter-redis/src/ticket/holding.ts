import {
  ticketsOf,
  type Assignment,
  type Change,
  type Lease,
  type Match,
  type PoolChange,
  type PoolKey,
  type Ticket,
} from "@evenmatch/core";
import { leaseLost } from "@evenmatch/core/adapter";
import { partsOf, type ChangeLine, type Entry } from "./entries.js";
import { placeOf } from "./keys.js";
import { joinedOf } from "./records.js";
import type { Snapshot } from "./snapshot.js";

/** Where a pool stood when it was taken. */
export interface Taken {
  readonly fence: string;
  readonly seq: number;
  readonly link: string;
  /** The entry of the stream that says so. */
  readonly entry: string;
}

/**
 * A pool in the hands of one owner. It keeps the tickets and matches of the pool, so that a change need not bring along
 * what the owner knows.
 */
export class Holding {
  readonly lease: Lease;
  readonly queue: string;
  readonly place: string;
  /** The last change that the owner was told of, and the link of the call that made it. */
  seq: number;
  link: string;
  /** The last entry of the stream that was heard, whatever it says. */
  position = "";
  /** Where it stood when it was asked last how far it was told. */
  #asked = "";
  /** Whether more had happened than was heard, and how much was heard then. */
  #lag: number | undefined;
  readonly #lose = new AbortController();
  readonly #tickets = new Map<string, Ticket>();
  readonly #matches = new Map<string, Match>();
  /** Matches that were decided here, and of which no change was heard. */
  readonly #decided = new Set<string>();

  constructor(pool: PoolKey, { fence, seq, link }: Taken) {
    this.queue = pool.queue;
    this.place = placeOf(pool);
    this.seq = seq;
    this.link = link;
    this.lease = { pool, fence: BigInt(fence), lost: this.#lose.signal };
  }

  lose(): void {
    this.#lose.abort(leaseLost(this.lease));
  }

  /** Knows what a new owner was given. */
  fill({ waiting, pending }: Snapshot): void {
    for (const [id, { ticket }] of waiting) this.#tickets.set(id, ticket);
    for (const [id, { match }] of pending) {
      this.#matches.set(id, match);
      for (const ticket of match.teams.flat()) this.#tickets.set(ticket.id, ticket);
    }
  }

  /**
   * What the owner decides is known here when the change that it makes comes. True for a match of which no change was
   * heard, also where its claim is sent again.
   */
  decides(match: Match): boolean {
    if (this.#matches.has(match.id)) return this.#decided.has(match.id);
    this.#matches.set(match.id, match);
    this.#decided.add(match.id);
    return true;
  }

  /** A claim that lost makes no change. */
  lost(matchId: string): void {
    this.#matches.delete(matchId);
    this.#decided.delete(matchId);
  }

  /** How many tickets a match has that is known here. */
  sizeOf(matchId: string): number {
    const match = this.#matches.get(matchId);
    return match ? ticketsOf(match).length : 0;
  }

  /** The last entry that was heard long enough ago to be forgotten: the one before this was asked last. */
  settled(): string {
    const settled = this.#asked;
    this.#asked = this.position;
    return settled;
  }

  /**
   * True where the store is not what was heard of it: it has less, or another history, or more that does not come. What
   * it says is compared with what was heard before it was asked.
   */
  differs(
    store: { readonly seq: number; readonly link: string },
    heard: { readonly seq: number; readonly link: string },
  ): boolean {
    if (store.seq < heard.seq || (store.seq === heard.seq && store.link !== heard.link)) return true;
    const isStuck = store.seq > this.seq && this.#lag === this.seq;
    this.#lag = store.seq > this.seq ? this.seq : undefined;
    return isStuck;
  }

  /** True for the entry that follows on what was heard. */
  follows({ fields }: Entry): boolean {
    return fields.get("on") === this.link && Number(fields.get("no")) === this.seq + 1;
  }

  /** Notes an entry as heard. */
  heard({ fields }: Entry, count: number): void {
    this.seq += count;
    this.link = fields.get("by") ?? "";
  }

  /** The changes of an entry; `undefined` where it does not follow on what the owner knows. */
  read(entry: Entry): PoolChange[] | undefined {
    if (!this.follows(entry)) return undefined;
    const changes: PoolChange[] = [];
    for (const line of entry.changes) {
      const { seq, at } = line;
      const change = this.#changeOf(line);
      if (!change) return undefined;
      changes.push({ seq, at, change });
    }
    this.heard(entry, changes.length);
    return changes;
  }

  /** Remembers what comes and forgets what ends. `undefined` for what was not known here. */
  #changeOf({ kind, about }: ChangeLine): Change | undefined {
    switch (kind) {
      case "j": {
        const joined = joinedOf(about);
        this.#tickets.set(joined.ticket.id, joined.ticket);
        return { type: "joined", ...joined };
      }
      case "l":
      case "x": {
        const gone = this.#tickets.get(about);
        this.#tickets.delete(about);
        return gone && { type: kind === "l" ? "left" : "expired", ticket: gone };
      }
      case "y":
        return { type: "leaving", ticketId: about };
      case "b":
        return { type: "beat", ticketId: about };
      case "a": {
        const [matchId, more] = partsOf(about);
        const playerId = JSON.parse(more.slice(1)) as string;
        return { type: "answered", matchId, playerId, accepted: more.startsWith("1") };
      }
      case "c": {
        const match = this.#matches.get(about);
        this.#decided.delete(about);
        return match && { type: "claimed", match };
      }
      case "r":
        return this.#released(...partsOf(about));
      case "s": {
        const [matchId, more] = partsOf(about);
        const claimed = this.#matches.get(matchId);
        if (!claimed) return undefined;
        for (const { id } of claimed.teams.flat()) this.#tickets.delete(id);
        const match = more === "" ? claimed : { ...claimed, assignment: JSON.parse(more) as Assignment };
        return { type: "settled", match };
      }
      case "d":
        this.#matches.delete(about);
        return { type: "delivered", matchId: about };
      default:
        return undefined;
    }
  }

  #released(matchId: string, more: string): Change | undefined {
    const match = this.#matches.get(matchId);
    if (!match) return undefined;
    this.#matches.delete(matchId);
    const [reason, ends = ""] = more.split("\t");
    const ended = new Set(ends.split(" "));
    const tickets = match.teams.flat();
    const dropped = tickets.filter(({ id }) => ended.has(id));
    for (const { id } of dropped) this.#tickets.delete(id);
    const returned = tickets.filter(({ id }) => !ended.has(id));
    return { type: "released", matchId, returned, dropped, reason: reason as "declined" };
  }
}
