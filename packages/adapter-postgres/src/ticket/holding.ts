import type {
  Assignment,
  Change,
  Lease,
  Match,
  OwnerEvent,
  PendingMatch,
  PoolChange,
  PoolKey,
  Ticket,
  WaitingTicket,
} from "@evenmatch/core";
import { leaseLost } from "@evenmatch/core/adapter";
import { answersOf, matchOf } from "./reading.js";

/** A pool as the database hands it over. */
export interface TakenRow {
  /** The pool itself, a ticket that waits, a match that is pending, or a change by which a ticket ended. */
  readonly kind: "p" | "t" | "m" | "e";
  readonly seq: string | null;
  readonly state: "c" | "s" | null;
  /** Of a ticket its last sign of life, of a change when it was asked for. */
  readonly seen_at: string | null;
  readonly body: string;
  readonly assignment: string | null;
  readonly answers: readonly string[] | null;
}

/** A change as the database lists it. */
export interface ChangeRow {
  readonly seq: string;
  readonly at: string;
  readonly type: string;
  readonly ref: string;
  readonly extra: string | null;
  /** A ticket that joined, or the assignment of a match that was settled. */
  readonly body: string | null;
}

/**
 * A pool in the hands of one owner. It keeps the tickets and matches of the pool, so that a change need not bring
 * along what the owner knows.
 */
export class Holding {
  readonly id: number;
  readonly lease: Lease;
  /** The last change that the owner was told of. */
  seq = 0;
  /** Where it stood when somebody asked last how far it was told. */
  #asked = 0;
  /** Who answered when it was gained: another server may have lost what this one has told. */
  server = "";
  readonly #lose = new AbortController();
  readonly #tickets = new Map<string, Ticket>();
  readonly #matches = new Map<string, Match>();

  constructor(id: number, pool: PoolKey, fence: bigint) {
    this.id = id;
    this.lease = { pool, fence, lost: this.#lose.signal };
  }

  lose(): void {
    this.#lose.abort(leaseLost(this.lease));
  }

  /** What the owner decides is known here when the change that it makes comes. True for a match that is new. */
  decides(match: Match): boolean {
    if (this.#matches.has(match.id)) return false;
    this.#matches.set(match.id, match);
    return true;
  }

  /** A claim that lost makes no change. */
  lost(matchId: string): void {
    this.#matches.delete(matchId);
  }

  /** The last change that was told long enough ago to be published: the one before this was asked last. */
  settled(): number {
    const settled = this.#asked;
    this.#asked = this.seq;
    return settled;
  }

  /** Takes the pool over, and tells what ended and may not have been told; nothing where it has another owner by now. */
  gain(rows: readonly TakenRow[]): OwnerEvent[] {
    const waiting: WaitingTicket[] = [];
    const pending: PendingMatch[] = [];
    const ended: PoolChange[] = [];
    let isOurs = false;
    for (const { kind, seq, state, seen_at: seenAt, body, assignment, answers } of rows) {
      if (kind === "p") {
        isOurs = true;
        this.seq = Number(seq);
        this.server = body;
      } else if (kind === "t") {
        const ticket = JSON.parse(body) as Ticket;
        this.#tickets.set(ticket.id, ticket);
        waiting.push(seenAt === null ? { ticket } : { ticket, seenAt: Number(seenAt) });
      } else if (kind === "e") {
        ended.push({ seq: Number(seq), at: Number(seenAt), change: JSON.parse(body) as Change });
      } else {
        const match = matchOf(body, assignment);
        this.#matches.set(match.id, match);
        for (const ticket of match.teams.flat()) this.#tickets.set(ticket.id, ticket);
        pending.push({ match, state: state === "c" ? "claimed" : "settled", answers: answersOf(answers) });
      }
    }
    if (!isOurs) return [];
    const { lease, seq } = this;
    const gained = { type: "gained", lease, seq, waiting, pending } as const;
    if (ended.length === 0) return [gained];
    ended.sort((one, other) => one.seq - other.seq);
    return [gained, { type: "changed", lease, changes: ended }];
  }

  /** The changes that follow on what the owner knows; `undefined` where there is a gap. */
  read(rows: readonly ChangeRow[]): PoolChange[] | undefined {
    const changes: PoolChange[] = [];
    for (const row of rows) {
      const seq = Number(row.seq);
      const change = seq === this.seq + 1 ? this.#changeOf(row) : undefined;
      if (!change) return undefined;
      this.seq = seq;
      changes.push({ seq, at: Number(row.at), change });
    }
    return changes;
  }

  /** Remembers what comes and forgets what ends. `undefined` for what was not known here. */
  #changeOf({ type, ref, extra, body }: ChangeRow): Change | undefined {
    switch (type) {
      case "j": {
        if (body === null) return undefined;
        const joined = JSON.parse(body) as Ticket;
        this.#tickets.set(joined.id, joined);
        return { type: "joined", ticket: joined, ...(extra !== null && { requestId: extra }) };
      }
      case "l":
      case "x": {
        const gone = this.#tickets.get(ref);
        this.#tickets.delete(ref);
        return gone && { type: type === "l" ? "left" : "expired", ticket: gone };
      }
      case "y":
        return { type: "leaving", ticketId: ref };
      case "b":
        return { type: "beat", ticketId: ref };
      case "a": {
        const answer = extra ?? "";
        return {
          type: "answered",
          matchId: ref,
          playerId: answer.slice(1),
          accepted: answer.startsWith("1"),
        };
      }
      case "c": {
        const match = this.#matches.get(ref);
        return match && { type: "claimed", match };
      }
      case "r":
        return this.#released(ref, extra ?? "");
      case "s": {
        const claimed = this.#matches.get(ref);
        if (!claimed) return undefined;
        for (const { id } of claimed.teams.flat()) this.#tickets.delete(id);
        const match = body === null ? claimed : { ...claimed, assignment: JSON.parse(body) as Assignment };
        return { type: "settled", match };
      }
      case "d":
        this.#matches.delete(ref);
        return { type: "delivered", matchId: ref };
      default:
        return undefined;
    }
  }

  #released(matchId: string, extra: string): Change | undefined {
    const match = this.#matches.get(matchId);
    if (!match) return undefined;
    this.#matches.delete(matchId);
    const [reason, ...ends] = extra.split(" ").filter(Boolean);
    const tickets = match.teams.flat();
    const dropped = tickets.filter(({ id }) => ends.includes(id));
    for (const { id } of dropped) this.#tickets.delete(id);
    const returned = tickets.filter(({ id }) => !ends.includes(id));
    return { type: "released", matchId, returned, dropped, reason: reason as "declined" };
  }
}
