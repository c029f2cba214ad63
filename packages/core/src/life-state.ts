import type { Millis } from "./clock.js";
import type { Match, MatchState } from "./match/match.js";
import { placeOf } from "./ticket/id.js";
import type { Player } from "./ticket/player.js";
import type { PoolKey, Ticket, TicketState } from "./ticket/ticket.js";

/** A ticket as a store keeps it. */
export interface TicketRecord {
  readonly ticket: Ticket;
  state: TicketState;
  /** The match that claimed it, while it is claimed and once it is matched. */
  matchId: string | undefined;
  /** The last heartbeat; the join counts until there is one. */
  seenAt: Millis | undefined;
  /** Wished to leave while claimed. */
  leaving: boolean;
  readonly requestId: string | undefined;
}

/** A match as a store keeps it. */
export interface MatchRecord {
  match: Match;
  state: MatchState;
  /** Who has answered the ready check, and what. */
  readonly answers: Map<string, boolean>;
}

/** Those to matches without a ready check, which nobody is asked about. */
const NO_ANSWERS = new Map<string, boolean>();

/** How long a state remembers what has ended, in milliseconds of match time. */
export interface Retention {
  /** Ended tickets and finished matches: late answers, repeated calls and reconnecting clients find them. */
  readonly retainMs: Millis;
  /** Ended tickets that were joined with a `requestId`. */
  readonly dedupeMs: Millis;
  /** Of the first kind no more than so many, the newest; as many as come when left out. */
  readonly retainCount?: number;
}

/**
 * The tickets and matches of one queue (on Kafka: of one pool), within which a player has at most one live ticket.
 * Plain maps by id, so that every transition costs the same with a million tickets waiting as with ten; what has
 * ended is remembered for a while and then forgotten, by {@link LifeState.forget}.
 */
export class LifeState {
  readonly tickets = new Map<string, TicketRecord>();
  readonly matches = new Map<string, MatchRecord>();
  readonly #live = new Map<string, TicketRecord>();
  readonly #requests = new Map<string, TicketRecord>();
  readonly #waiting = new Map<string, number>();
  readonly #ended = new Remembered((id) => this.tickets.delete(id));
  readonly #endedRequests = new Remembered((id) => this.#forgetRequest(id));
  readonly #closed = new Remembered((id) => this.matches.delete(id));

  constructor(readonly retention: Retention) {}

  /** The live ticket of a player. */
  ticketOf(playerId: string): TicketRecord | undefined {
    return this.#live.get(playerId);
  }

  /** The ticket that a request made, ended or not. */
  requested(ticket: Ticket, requestId: string | undefined): TicketRecord | undefined {
    return requestId === undefined ? undefined : this.#requests.get(requestKey(ticket, requestId));
  }

  /** How many tickets wait in a pool. */
  waitingIn(pool: PoolKey): number {
    return this.#waiting.get(placeOf(pool)) ?? 0;
  }

  /** A ticket that a change names, and that is therefore there. */
  record(ticketId: string): TicketRecord {
    return this.tickets.get(ticketId) as TicketRecord;
  }

  /** A ticket joins. */
  add(ticket: Ticket, requestId: string | undefined): void {
    const record: TicketRecord = {
      ticket,
      state: "waiting",
      matchId: undefined,
      seenAt: undefined,
      leaving: false,
      requestId,
    };
    this.tickets.set(ticket.id, record);
    for (const player of ticket.players) this.#live.set(player.id, record);
    if (requestId !== undefined) this.#requests.set(requestKey(ticket, requestId), record);
    this.#count(ticket, 1);
  }

  /** A match is claimed. */
  open(match: Match): void {
    const answers = match.acceptBy === undefined ? NO_ANSWERS : new Map<string, boolean>();
    this.matches.set(match.id, { match, state: "claimed", answers });
  }

  /** A match claims a ticket. */
  take(ticket: Ticket, matchId: string): void {
    const record = this.record(ticket.id);
    record.state = "claimed";
    record.matchId = matchId;
    this.#count(ticket, -1);
  }

  /** A ticket goes back to waiting, its match released. */
  giveBack(ticket: Ticket): void {
    const record = this.record(ticket.id);
    record.state = "waiting";
    record.matchId = undefined;
    this.#count(ticket, 1);
  }

  /** A ticket ends. */
  end(ticket: Ticket, state: TicketState, now: Millis): void {
    const record = this.record(ticket.id);
    if (record.state === "waiting") this.#count(ticket, -1);
    record.state = state;
    if (state !== "matched") record.matchId = undefined;
    for (const player of ticket.players) this.#live.delete(player.id);
    (record.requestId === undefined ? this.#ended : this.#endedRequests).add(ticket.id, now);
  }

  /** A match is over: delivered or released. */
  closeMatch(matchId: string, state: MatchState, now: Millis): void {
    (this.matches.get(matchId) as MatchRecord).state = state;
    this.#closed.add(matchId, now);
  }

  /** Drops what ended longer ago than the retention says. Costs nothing when nothing is due. */
  forget(now: Millis): void {
    const { retainMs, dedupeMs, retainCount = Infinity } = this.retention;
    this.#ended.forget(now - retainMs, retainCount);
    this.#closed.forget(now - retainMs, retainCount);
    this.#endedRequests.forget(now - dedupeMs, Infinity);
  }

  #forgetRequest(id: string): void {
    const { ticket, requestId } = this.record(id);
    this.tickets.delete(id);
    this.#requests.delete(requestKey(ticket, requestId as string));
  }

  #count(ticket: Ticket, by: number): void {
    this.#waiting.set(placeOf(ticket), this.waitingIn(ticket) + by);
  }
}

/** A request id belongs to who sent it: another player's equal text is another request. */
function requestKey({ players }: Ticket, requestId: string): string {
  const { id } = players[0] as Player;
  return `${id.length}.${id}${requestId}`;
}

/** Ids in the order of their end, forgotten from the front. */
class Remembered {
  #ids: string[] = [];
  #times: Millis[] = [];
  #head = 0;

  readonly #drop: (id: string) => void;

  constructor(drop: (id: string) => void) {
    this.#drop = drop;
  }

  add(id: string, now: Millis): void {
    this.#ids.push(id);
    this.#times.push(now);
  }

  forget(before: Millis, count: number): void {
    const tooMany = this.#ids.length - count;
    while (
      this.#head < this.#ids.length &&
      (this.#head < tooMany || (this.#times[this.#head] as Millis) <= before)
    ) {
      this.#drop(this.#ids[this.#head++] as string);
    }
    if (this.#head > 1_000 && this.#head * 2 > this.#ids.length) {
      this.#ids = this.#ids.slice(this.#head);
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
  }
}
