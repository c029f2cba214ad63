import type { Clock, Millis } from "@evenmatch/core";
import type { Reports } from "@evenmatch/core/adapter";
import type { RedisServer } from "../connection/server.js";
import type { RawEntry } from "./entry.js";
import { ADD, BEHIND, FIND, IS_THERE, OPEN } from "./log-scripts.js";

/** What the parts of a bus share. */
export interface Around {
  readonly server: RedisServer;
  readonly clock: Clock;
  readonly reports: Reports;
  /** How long a member of a group may be silent before another takes over. */
  readonly leaseMs: Millis;
  /** How many entries each log keeps. */
  readonly maxLength: number;
}

/** So many bytes of events are read at once, and a few events more. */
const BYTES = 4_000_000;
/** As many are read before anything is known of how large they are. */
const FEW = 16;
/** Both, as scripts take them. */
export const PAGE = [BYTES, FEW] as const;

/**
 * One log of events, a stream of Redis, with all keys that belong to it in one slot. Every pool has its events in one
 * lane.
 */
export class Lane {
  readonly tag: string;
  readonly log: string;
  readonly #around: Around;

  constructor(index: number, around: Around) {
    this.tag = laneTag(around.server.prefix, index);
    this.log = `${this.tag}:log`;
    this.#around = around;
  }

  /** Appends texts of events in their order, all or none. */
  async add(texts: readonly string[]): Promise<void> {
    await this.#around.server.run(ADD, [this.log], [this.#around.maxLength, ...texts]);
  }

  /** The id of the newest entry. There is one from now on. */
  async newest(): Promise<string> {
    return String(await this.#around.server.run(OPEN, [this.log], []));
  }

  /** What comes behind a place, or `undefined` when that place is not there any more. */
  async behind(id: string, limit: number): Promise<RawEntry[] | undefined> {
    const answer = await this.#around.server.run(BEHIND, [this.log], [id, limit, ...PAGE]);
    const [isThere, entries] = answer as [unknown, RawEntry[]];
    return Number(isThere) === 1 ? entries : undefined;
  }

  /** The first of these ids that is there, or else the oldest that is, if there is any. */
  async find(ids: readonly string[]): Promise<{ known?: string; oldest?: string }> {
    const [known, oldest] = (await this.#around.server.run(FIND, [this.log], [...ids])) as [
      string | null,
      string | null,
    ];
    return { ...(known === null ? {} : { known }), ...(oldest === null ? {} : { oldest }) };
  }

  /** The arguments of EVAL that asks, on whatever connection, whether an entry is there: 1 or 0. */
  isThere(id: string): string[] {
    return [IS_THERE.text, "1", this.log, id];
  }
}

/** What the keys of a lane begin with. No queue is called so: its name has no colon. */
export function laneTag(prefix: string, index: number): string {
  return `{${prefix}:events:${index}}`;
}

/** How many entries to read next, so that they are not too large together: by those that were read before. */
export class Appetite {
  #average = BYTES / FEW;

  get count(): number {
    return Math.min(1_000, Math.max(FEW, Math.floor(BYTES / this.#average)));
  }

  /** Entries were read, of so many UTF-16 units. */
  read(entries: number, length: number): void {
    if (entries === 0) return;
    // What was small may be followed by what is large, but not all at once.
    this.#average = Math.max(length / entries, this.#average / 8, 1);
  }
}
