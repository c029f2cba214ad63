import { EvenmatchError } from "../errors.js";
import { wholeAtLeast } from "../options.js";
import type { CallOptions } from "../ticket/store.js";
import { playersOf, type Match } from "./match.js";
import type { MatchFilter, MatchPage, MatchStore, ReportOutcome, Result, SavedMatch } from "./store.js";

/** How much a memory store keeps. */
export interface MemoryMatchStoreOptions {
  /** How many of the newest matches are kept; 10,000 by default. */
  readonly keep?: number;
}

/** The history of one process: the newest matches, forgotten from the oldest on. Listing reads all that is kept. */
export class MemoryMatchStore implements MatchStore {
  readonly #matches = new Map<string, SavedMatch>();
  /** Ids in the order of saving, as a ring: the next place holds the oldest. */
  readonly #order: string[] = [];
  #next = 0;
  readonly #keep: number;

  constructor({ keep = 10_000 }: MemoryMatchStoreOptions = {}) {
    this.#keep = wholeAtLeast(1, "keep", keep);
  }

  async save(matches: readonly Match[], { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    for (const match of matches) {
      if (this.#matches.has(match.id)) continue;
      const oldest = this.#order[this.#next];
      if (oldest !== undefined) this.#matches.delete(oldest);
      this.#matches.set(match.id, { match });
      this.#order[this.#next] = match.id;
      this.#next = (this.#next + 1) % this.#keep;
    }
  }

  /** A match by id, while it is kept. */
  async get(matchId: string, { signal }: CallOptions): Promise<SavedMatch | undefined> {
    signal?.throwIfAborted();
    return this.#matches.get(matchId);
  }

  /** One page of what is kept, newest first. */
  async list(filter: MatchFilter, { signal }: CallOptions): Promise<MatchPage> {
    signal?.throwIfAborted();
    const limit = checkedLimit(filter.limit);
    const after = filter.after === undefined ? undefined : decodeKey(filter.after);
    const found = Array.from(this.#matches.values())
      .filter(({ match }) => fits(match, filter) && (!after || newestFirst(after, match) < 0))
      .sort((one, other) => newestFirst(one.match, other.match));
    const matches = found.slice(0, limit);
    const last = matches.at(-1)?.match;
    return { matches, next: last && found.length > limit ? encodeKey(last) : undefined };
  }

  /** Keeps the first result that is reported for a match. */
  async report(matchId: string, result: Result, { signal }: CallOptions): Promise<ReportOutcome> {
    signal?.throwIfAborted();
    const saved = this.#matches.get(matchId);
    if (!saved) return "unknown";
    if (saved.result) return "already";
    this.#matches.set(matchId, { ...saved, result });
    return "reported";
  }
}

type Key = Pick<Match, "createdAt" | "id">;

function newestFirst(one: Key, other: Key): number {
  return other.createdAt - one.createdAt || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}

function fits(match: Match, { playerId, queue, from, until }: MatchFilter): boolean {
  if (queue !== undefined && match.queue !== queue) return false;
  if (from !== undefined && match.createdAt < from) return false;
  if (until !== undefined && match.createdAt >= until) return false;
  return playerId === undefined || playersOf(match).some(({ id }) => id === playerId);
}

/** How many matches a page has at most; throws `INVALID_REQUEST` for what is no whole number from 1 to 1,000. */
export function checkedLimit(limit = 50): number {
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new EvenmatchError("INVALID_REQUEST", {
    rule: "limit is a whole number from 1 to 1,000",
    received: limit,
    remedy: "Ask for one page and go on from its `next`.",
  });
}

/** The text of a page's `next`: the sort key of its last match. */
export function encodeKey({ createdAt, id }: Key): string {
  return `${createdAt}~${id}`;
}

/** Reads what {@link encodeKey} wrote; throws `INVALID_REQUEST` for any other text. */
export function decodeKey(text: string): Key {
  const [createdAt, id] = text.split("~", 2);
  if (id && createdAt && Number.isFinite(Number(createdAt))) return { createdAt: Number(createdAt), id };
  throw new EvenmatchError("INVALID_REQUEST", {
    rule: "`after` is the `next` of a page",
    received: text,
    remedy: "Pass on what `list` returned.",
  });
}
