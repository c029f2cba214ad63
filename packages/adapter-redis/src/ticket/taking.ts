import type { EvenmatchError, Millis, PoolKey, Ticket } from "@evenmatch/core";
import type { RedisServer } from "../connection/server.js";
import { ASIDE, GIVE_BACK, TAKE, WALK } from "../script/owning.js";
import { READ } from "../script/read.js";
import { entriesOf, type Entry } from "./entries.js";
import type { Taken } from "./holding.js";
import { placeOf, type Keys } from "./keys.js";
import { ticketStatus } from "./records.js";
import { Snapshot } from "./snapshot.js";
import { unreadable } from "./unreadable.js";

/** How many records of a pool come at once: so few that the server is busy for about a millisecond. */
const RECORDS = 500;
/** How many entries of the stream come at once; each may hold a thousand changes. */
const ENTRIES = 20;
/** How many ended tickets are looked up at once. */
const ENDS = 500;

/** The record of a claimed ticket, and the match that claimed it. */
const CLAIMED = /^c[-y][-q]-?\d*\n([^\n]*)\n/;

/** What a new owner found, and after which entry of the stream it goes on. */
export interface Found {
  readonly snapshot: Snapshot;
  readonly ended: ReadonlyMap<string, Ticket>;
  readonly seq: number;
  readonly link: string;
  readonly position: string;
  /** What was asked of the new owner meanwhile. */
  readonly questions: readonly Entry[];
}

type Replayed = Pick<Found, "seq" | "link" | "position" | "questions">;

/** What {@link WALK} answers. */
type Part = readonly [
  process: string,
  fence: string,
  seq: string,
  link: string,
  cursor: string,
  list: readonly string[],
];

/** Where and when the parts of a pool were read. */
interface Seen {
  readonly processes: Set<string>;
  readonly moments: Set<string>;
}

/** The pool as one history left it after a change, and no other. */
function momentOf(fence: string, seq: number | string, link: string): string {
  return `${fence} ${seq} ${link}`;
}

/** Where pools are taken over, how long what has ended is remembered there, and who is told of what cannot be read. */
export interface TakingOptions {
  readonly server: RedisServer;
  readonly keys: Keys;
  readonly retainMs: Millis;
  readonly report: (error: EvenmatchError) => void;
}

/** Takes pools over, in steps that keep nobody else waiting. */
export class Taking {
  readonly #server: RedisServer;
  readonly #keys: Keys;
  readonly #retainMs: Millis;
  readonly #report: (error: EvenmatchError) => void;

  constructor({ server, keys, retainMs, report }: TakingOptions) {
    this.#server = server;
    this.#keys = keys;
    this.#retainMs = retainMs;
    this.#report = report;
  }

  /**
   * Gives a pool to an owner, or to nobody where the name is empty; `undefined` where it has another fence than the one
   * that is known.
   */
  async take(pool: PoolKey, owner: string, fence: string, leaseMs: Millis): Promise<Taken | undefined> {
    const { queue } = pool;
    const place = placeOf(pool);
    const names = [
      this.#keys.of("pool", queue, place),
      this.#keys.of("changes", queue, place),
      this.#keys.news(queue),
      this.#keys.pools(queue),
    ];
    const [next, seq, link, entry] = (await this.#server.run(TAKE, names, [
      owner,
      leaseMs,
      fence,
      place,
    ])) as string[];
    if (next === undefined || entry === undefined) return undefined;
    return { fence: next, seq: Number(seq), link: link ?? "", entry };
  }

  /**
   * All that is in a pool that was taken. `undefined` where somebody else has taken it meanwhile, or where the stream no
   * longer has all that has happened since. Also where the server began anew: its parts are others then, and where it went
   * back to what it was before, those that were read already are of a history that never came to be. Nothing that comes
   * later would tell.
   */
  async find(pool: PoolKey, taken: Taken, isOver: () => boolean): Promise<Found | undefined> {
    const { queue } = pool;
    const place = placeOf(pool);
    const snapshot = new Snapshot();
    const strays: string[] = [];
    const seen: Seen = { processes: new Set(), moments: new Set() };
    const add = {
      pending: snapshot.addMatch.bind(snapshot),
      claimed: (id: string, record: string): boolean => {
        const [, match] = CLAIMED.exec(record) ?? [];
        if (match !== undefined && !snapshot.pending.has(match)) strays.push(id);
        return match !== undefined;
      },
      waiting: snapshot.addTicket.bind(snapshot),
    };
    for (const what of ["pending", "claimed", "waiting"] as const) {
      const key = this.#keys.of(what, queue, place);
      const names = [this.#keys.of("pool", queue, place), key];
      const unreadable = await this.#walk(names, add[what], seen, isOver);
      for (const [id, record] of unreadable) await this.#setAside(queue, key, id, record);
      if (what === "claimed") await this.#giveBack(queue, place, taken.fence, strays);
    }
    if (isOver() || seen.processes.size > 1) return undefined;
    const read = await this.#replay(this.#keys.of("changes", queue, place), taken, snapshot, seen.moments);
    if (!read || isOver()) return undefined;
    const ended = await this.#ended(queue, place, snapshot.endedIds);
    return { snapshot, ended, ...read };
  }

  async #walk(
    names: string[],
    add: (id: string, record: string) => boolean,
    seen: Seen,
    isOver: () => boolean,
  ): Promise<Map<string, string>> {
    const unreadable = new Map<string, string>();
    const ask = (cursor: string): Promise<Part> =>
      this.#server.run(WALK, names, [cursor, RECORDS]) as Promise<Part>;
    let coming: Promise<Part> | undefined = ask("0");
    while (coming) {
      const [process, fence, seq, link, cursor, list]: Part = await coming;
      // What comes next is on its way while this is read.
      coming = cursor === "0" || isOver() ? undefined : ask(cursor);
      coming?.catch(() => {});
      seen.processes.add(process);
      seen.moments.add(momentOf(fence, seq, link));
      for (let at = 0; at + 1 < list.length; at += 2) {
        const [id = "", record = ""] = [list[at], list[at + 1]];
        if (!add(id, record)) unreadable.set(id, record);
      }
    }
    return unreadable;
  }

  async #setAside(queue: string, key: string, id: string, record: string): Promise<void> {
    const isAside = await this.#server.run(ASIDE, [key, this.#keys.corrupt(queue)], [id, record]);
    if (Number(isAside) === 1) this.#report(unreadable(id, this.#keys.corrupt(queue)));
  }

  async #giveBack(queue: string, place: string, fence: string, ids: readonly string[]): Promise<void> {
    const names = (["pool", "claimed", "waiting", "pending"] as const).map((what) =>
      this.#keys.of(what, queue, place),
    );
    for (let from = 0; from < ids.length; from += RECORDS)
      await this.#server.run(GIVE_BACK, names, [fence, ...ids.slice(from, from + RECORDS)]);
  }

  /**
   * Reads the stream from its beginning: what ended and may not have been told, and what happened since. All moments that
   * were seen must be among those that it goes through.
   */
  async #replay(
    key: string,
    taken: Taken,
    snapshot: Snapshot,
    seen: Iterable<string>,
  ): Promise<Replayed | undefined> {
    const { fence } = taken;
    let { seq, link } = taken;
    const moments = new Set([momentOf(fence, seq, link)]);
    const questions: Entry[] = [];
    let position = "-";
    let isSince = false;
    for (;;) {
      const from = position === "-" ? "-" : `(${position}`;
      const entries = entriesOf(await this.#server.look("xrange", key, [from, "+", "COUNT", ENTRIES]));
      for (const entry of entries) {
        position = entry.id;
        const { fields } = entry;
        if (entry.id === taken.entry) isSince = true;
        else if (!isSince) snapshot.addEnds(entry);
        else if (fields.has("owner")) return undefined;
        else if (fields.has("ask")) questions.push(entry);
        else if (entry.changes.length > 0) {
          if (fields.get("on") !== link || Number(fields.get("no")) !== seq + 1) return undefined;
          snapshot.replay(entry);
          seq += entry.changes.length;
          link = fields.get("by") ?? "";
          moments.add(momentOf(fence, seq, link));
        }
      }
      if (entries.length === ENTRIES) continue;
      // Without the entry that tells of it, nobody can say what has happened since.
      const isWhole = isSince && Array.from(seen).every((moment) => moments.has(moment));
      return isWhole ? { seq, link, position, questions } : undefined;
    }
  }

  async #ended(queue: string, place: string, ids: readonly string[]): Promise<Map<string, Ticket>> {
    const found = new Map<string, Ticket>();
    for (let from = 0; from < ids.length; from += ENDS) {
      const some = ids.slice(from, from + ENDS);
      const args = [this.#keys.tag(queue), this.#retainMs, ...some.flatMap((id) => ["t", place, id])];
      const records = (await this.#server.run(READ, [this.#keys.players(queue)], args)) as string[];
      for (const [index, record] of records.entries()) {
        const ticket = ticketStatus(some[index] ?? "", record)?.ticket;
        if (ticket) found.set(ticket.id, ticket);
      }
    }
    return found;
  }
}
