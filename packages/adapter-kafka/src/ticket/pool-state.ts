import type { Change, MatchRecord, Millis, PendingMatch, PoolKey, WaitingTicket } from "@evenmatch/core";
import { evolve, LifeState, type Retention, type TicketRecord } from "@evenmatch/core/adapter";
import {
  encodeValue,
  isClosed,
  isOver,
  matchKey,
  type Ended,
  type LogEntry,
  type MatchValue,
  type TicketValue,
} from "./log-record.js";

/** What a record of the log says beside the life: when something came, and when it ended. */
interface Mark {
  readonly came: number;
  ended?: Ended | undefined;
}

/** That something came, or ended. */
interface Step {
  readonly seq: number;
  readonly value: TicketValue | MatchValue;
  readonly ended?: Ended;
}

/** How many records are restored without a stop. */
export const AT_ONCE = 5_000;

/**
 * One pool of a partition: the life of its tickets, and what of it is not in the log yet. The log holds states by
 * key, so a change makes dirty what it touches, and what is written is how that stands at the end of the batch.
 */
export class PoolState {
  readonly life: LifeState;
  readonly #marks = new Map<string, Mark>();
  /** Keys to write, tickets by their ids and matches by theirs. */
  readonly #dirtyTickets = new Set<string>();
  readonly #dirtyMatches = new Set<string>();
  /** What has ended, in its order: what the life has forgotten of it gets a tombstone. */
  readonly #ended = new Line();
  readonly #endedRequests = new Line();
  readonly #closed = new Line();

  constructor(
    readonly key: PoolKey,
    retention: Retention,
  ) {
    this.life = new LifeState(retention);
  }

  /** Writes a change into the life, and notes what of the log it makes out of date. */
  evolve(change: Change, seq: number, at: Millis): void {
    evolve(this.life, change, at);
    const [tickets, matchId] = touched(change);
    for (const id of tickets) this.#ticketChanged(id, seq, at);
    if (matchId !== undefined) this.#matchChanged(matchId, seq, at);
  }

  /** Forgets what ended longer ago than the retention says. */
  forget(now: Millis): void {
    this.life.forget(now);
    const { tickets, matches } = this.life;
    const forget = (id: string, dirty: Set<string>, key: string): void => {
      dirty.add(id);
      this.#marks.delete(key);
    };
    for (const line of [this.#ended, this.#endedRequests])
      line.takeWhile(
        (id) => !tickets.has(id),
        (id) => forget(id, this.#dirtyTickets, id),
      );
    this.#closed.takeWhile(
      (id) => !matches.has(id),
      (id) => forget(id, this.#dirtyMatches, matchKey(id)),
    );
  }

  /** What the log has to be told, which it then knows. */
  entries(into: LogEntry[]): void {
    for (const id of this.#dirtyTickets) {
      const record = this.life.tickets.get(id);
      into.push({ key: id, value: record ? encodeValue(this.#ticketValue(record)) : null });
    }
    for (const id of this.#dirtyMatches) {
      const record = this.life.matches.get(id);
      into.push({ key: matchKey(id), value: record ? encodeValue(this.#matchValue(record)) : null });
    }
    this.#dirtyTickets.clear();
    this.#dirtyMatches.clear();
  }

  /**
   * Puts a pool together again from the values of the log. There may be very many, so it stops now and then: whoever drives
   * it has other things to do.
   */
  *restore(values: readonly (TicketValue | MatchValue)[]): Generator<void, void> {
    const steps: Step[] = [];
    for (const value of values) {
      steps.push({ seq: value.type === "ticket" ? value.joined : value.claimed, value });
      if (value.ended) steps.push({ seq: value.ended[0], value, ended: value.ended });
    }
    yield;
    // A player's next ticket joins after the one before has ended.
    steps.sort((one, other) => one.seq - other.seq);
    for (const [index, step] of steps.entries()) {
      if (index % AT_ONCE === 0) yield;
      this.#restoreStep(step);
    }
  }

  /** What waits, in the order of joining. */
  waiting(): WaitingTicket[] {
    const waiting: WaitingTicket[] = [];
    for (const { ticket, state, seenAt } of this.life.tickets.values())
      if (state === "waiting") waiting.push({ ticket, seenAt });
    return waiting;
  }

  /** What is claimed or settled. */
  pending(): PendingMatch[] {
    const pending: PendingMatch[] = [];
    for (const { match, state, answers } of this.life.matches.values())
      if (state === "claimed" || state === "settled")
        pending.push({ match, state, answers: new Map(answers) });
    return pending;
  }

  /** Tickets that have left or expired by a change after this one. */
  *endedAfter(seq: number): Generator<readonly [record: TicketRecord, ended: Ended]> {
    for (const record of this.life.tickets.values()) {
      const ended = this.#marks.get(record.ticket.id)?.ended;
      if (ended && ended[0] > seq && record.state !== "matched") yield [record, ended];
    }
  }

  /** True when nothing of it is worth a lease. */
  get isEmpty(): boolean {
    return this.waiting().length === 0 && this.pending().length === 0;
  }

  #ticketChanged(id: string, seq: number, at: Millis): void {
    const record = this.life.record(id);
    const mark = this.#mark(id, seq);
    if (isOver(record.state) && !mark.ended) {
      mark.ended = [seq, at];
      this.#lineOf(record).add(id);
    }
    this.#dirtyTickets.add(id);
  }

  #matchChanged(id: string, seq: number, at: Millis): void {
    const record = this.life.matches.get(id);
    if (!record) return;
    const mark = this.#mark(matchKey(id), seq);
    if (isClosed(record.state) && !mark.ended) {
      mark.ended = [seq, at];
      this.#closed.add(id);
    }
    this.#dirtyMatches.add(id);
  }

  #mark(key: string, came: number): Mark {
    let mark = this.#marks.get(key);
    if (!mark) this.#marks.set(key, (mark = { came }));
    return mark;
  }

  #lineOf({ requestId }: Pick<TicketRecord, "requestId">): Line {
    return requestId === undefined ? this.#ended : this.#endedRequests;
  }

  #ticketValue({ ticket, state, matchId, seenAt, leaving, requestId }: TicketRecord): TicketValue {
    const { came, ended } = this.#mark(ticket.id, 0);
    return {
      type: "ticket",
      state,
      matchId,
      seenAt,
      ...(leaving && { leaving }),
      requestId,
      joined: came,
      ended,
      ticket,
    };
  }

  #matchValue({ match, state, answers }: MatchRecord): MatchValue {
    const { came, ended } = this.#mark(matchKey(match.id), 0);
    return { type: "match", state, answers: [...answers], claimed: came, ended, match };
  }

  #restoreStep({ value, ended }: Step): void {
    if (value.type === "ticket") {
      if (ended) this.#restoreEnd(value, ended);
      else this.#restoreTicket(value);
    } else if (ended) this.#restoreClose(value, ended);
    else this.#restoreMatch(value);
  }

  #restoreTicket({ ticket, state, matchId, seenAt, leaving = false, requestId, joined }: TicketValue): void {
    this.life.add(ticket, requestId);
    const record = this.life.record(ticket.id);
    record.seenAt = seenAt;
    record.leaving = leaving;
    if (matchId !== undefined && (state === "claimed" || state === "matched"))
      this.life.take(ticket, matchId);
    this.#mark(ticket.id, joined);
  }

  #restoreEnd({ ticket, state }: TicketValue, ended: Ended): void {
    this.life.end(ticket, state, ended[1]);
    this.#mark(ticket.id, 0).ended = ended;
    this.#lineOf(this.life.record(ticket.id)).add(ticket.id);
  }

  #restoreMatch({ match, state, answers, claimed }: MatchValue): void {
    this.life.open(match);
    const record = this.life.matches.get(match.id) as MatchRecord;
    for (const [playerId, accepted] of answers) record.answers.set(playerId, accepted);
    record.state = state;
    this.#mark(matchKey(match.id), claimed);
  }

  #restoreClose({ match, state }: MatchValue, ended: Ended): void {
    this.life.closeMatch(match.id, state, ended[1]);
    this.#mark(matchKey(match.id), 0).ended = ended;
    this.#closed.add(match.id);
  }
}

/** The tickets and the match that a change touches. */
function touched(change: Change): [tickets: string[], matchId: string | undefined] {
  switch (change.type) {
    case "joined":
    case "left":
    case "expired":
      return [[change.ticket.id], undefined];
    case "leaving":
    case "beat":
      return [[change.ticketId], undefined];
    case "answered":
    case "delivered":
      return [[], change.matchId];
    case "claimed":
    case "settled":
      return [change.match.teams.flat().map(({ id }) => id), change.match.id];
    case "released":
      return [[...change.returned, ...change.dropped].map(({ id }) => id), change.matchId];
  }
}

/** Ids in the order in which they came, taken from the front. */
class Line {
  #ids: string[] = [];
  #head = 0;

  add(id: string): void {
    this.#ids.push(id);
  }

  takeWhile(isDue: (id: string) => boolean, take: (id: string) => void): void {
    for (; this.#head < this.#ids.length; this.#head++) {
      const id = this.#ids[this.#head] as string;
      if (!isDue(id)) break;
      take(id);
    }
    if (this.#head > 1_000 && this.#head * 2 > this.#ids.length) {
      this.#ids = this.#ids.slice(this.#head);
      this.#head = 0;
    }
  }
}
