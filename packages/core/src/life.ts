import type { Millis } from "./clock.js";
import type { LifeState, MatchRecord } from "./life-state.js";
import { playersOf, ticketsOf, type Assignment, type Match } from "./match/match.js";
import type { Ticket } from "./ticket/ticket.js";

/**
 * The life of a ticket, as one pure function: {@link step} reads a state and says what a request or a decision
 * answers and which changes it makes; {@link evolve} writes a change into a state. Every store keeps this table:
 * the memory store, the log-built store and Kafka's fold run these two functions, Redis and Postgres say the same
 * in their own language, and the published contract compares them with it, cell by cell.
 */

/** What anyone may ask. */
export type Request =
  | {
      readonly type: "join";
      readonly ticket: Ticket;
      readonly requestId?: string | undefined;
      /** The join is refused as `full` when so many tickets already wait in the pool. */
      readonly maxWaiting?: number | undefined;
    }
  | { readonly type: "leave"; readonly ticketId: string }
  | {
      readonly type: "answer";
      readonly matchId: string;
      readonly playerId: string;
      readonly accepted: boolean;
    }
  | { readonly type: "beat"; readonly ticketId: string };

/** Why a match was released. */
export type ReleaseReason = "declined" | "unanswered" | "allocation";

/** What only the owner of a pool may decide. */
export type Decision =
  | { readonly type: "claim"; readonly match: Match }
  | {
      readonly type: "release";
      readonly matchId: string;
      /** Tickets to end instead of returning them. One whose players have all accepted is returned all the same. */
      readonly drop: readonly string[];
      readonly reason: ReleaseReason;
    }
  | { readonly type: "settle"; readonly matchId: string; readonly assignment?: Assignment | undefined }
  | { readonly type: "deliver"; readonly matchId: string }
  | { readonly type: "expire"; readonly ticketId: string };

/** What each request and each decision can answer: expected outcomes are values, not errors. */
export interface Outcomes {
  join:
    | { readonly type: "added"; readonly ticket: Ticket }
    /** This request already made this ticket, which may have ended since. */
    | { readonly type: "same"; readonly ticket: Ticket }
    /** A player of the ticket has a live one in the queue. */
    | { readonly type: "conflict"; readonly ticket: Ticket }
    | { readonly type: "full"; readonly waiting: number };
  leave:
    | { readonly type: "left" }
    /** Too late: the claim won. Should the match be released after all, the ticket leaves then. */
    | { readonly type: "claimed"; readonly matchId: string }
    | { readonly type: "unknown" };
  answer: { readonly type: "recorded" | "already" | "closed" | "unknown" };
  beat: { readonly type: "live" | "ended" };
  claim: { readonly type: "claimed" } | { readonly type: "gone"; readonly ticketIds: readonly string[] };
  /** `accepted`: an `unanswered` match that everyone has accepted meanwhile, and that therefore goes on. */
  release: { readonly type: "released" | "settled" | "accepted" | "unknown" };
  settle: { readonly type: "settled" | "released" | "unknown" };
  deliver: { readonly type: "delivered" | "unknown" };
  /** `live`: not due, a heartbeat came in between. */
  expire: { readonly type: "expired" | "live" | "claimed" | "unknown" };
}

/** All that can happen to a state. */
export type Input = Request | Decision;
/** What any request can answer. */
export type RequestOutcome = Outcomes[Request["type"]];
/** What any decision can answer. */
export type DecisionOutcome = Outcomes[Decision["type"]];

/** What happened to a pool. A pool is the fold of its changes, in their order. */
export type Change =
  | { readonly type: "joined"; readonly ticket: Ticket; readonly requestId?: string | undefined }
  | { readonly type: "left"; readonly ticket: Ticket }
  /** A leave that came after the claim: it takes effect should the match be released. */
  | { readonly type: "leaving"; readonly ticketId: string }
  | { readonly type: "beat"; readonly ticketId: string }
  | {
      readonly type: "answered";
      readonly matchId: string;
      readonly playerId: string;
      readonly accepted: boolean;
    }
  | { readonly type: "claimed"; readonly match: Match }
  | {
      readonly type: "released";
      readonly matchId: string;
      /** Back to waiting, `joinedAt` unchanged. */
      readonly returned: readonly Ticket[];
      /** Ended as left. */
      readonly dropped: readonly Ticket[];
      readonly reason: ReleaseReason;
    }
  | { readonly type: "settled"; readonly match: Match }
  | { readonly type: "delivered"; readonly matchId: string }
  | { readonly type: "expired"; readonly ticket: Ticket };

/** What an input answers, and the changes it makes. */
export interface Step<Type extends Input["type"]> {
  readonly outcome: Outcomes[Type];
  readonly changes: readonly Change[];
}

const NONE: readonly Change[] = [];

/** An outcome, and the change it makes if it makes one. */
function says<Outcome>(
  outcome: Outcome,
  change?: Change,
): { readonly outcome: Outcome; readonly changes: readonly Change[] } {
  return { outcome, changes: change ? [change] : NONE };
}

/** The same for an outcome that is its type alone. */
function is<Type extends string>(
  type: Type,
  change?: Change,
): { readonly outcome: { readonly type: Type }; readonly changes: readonly Change[] } {
  return says({ type }, change);
}

/** What an input answers in a state at an instant, and the changes it makes. Reads, and writes nothing. */
export function step<I extends Input>(state: LifeState, input: I, now: Millis): Step<I["type"]>;
export function step(state: LifeState, input: Input, now: Millis): Step<Input["type"]> {
  return STEPS[input.type](state, input as never, now);
}

type InputOf<Type extends Input["type"]> = Extract<Input, { type: Type }>;

const STEPS: {
  readonly [Type in Input["type"]]: (state: LifeState, input: InputOf<Type>, now: Millis) => Step<Type>;
} = { join, leave, answer, beat, claim, release, settle, deliver, expire };

function join(state: LifeState, { ticket, requestId, maxWaiting }: InputOf<"join">): Step<"join"> {
  const made = state.tickets.get(ticket.id) ?? state.requested(ticket, requestId);
  if (made) return says({ type: "same", ticket: made.ticket });
  for (const player of ticket.players) {
    const live = state.ticketOf(player.id);
    if (live) return says({ type: "conflict", ticket: live.ticket });
  }
  if (maxWaiting !== undefined) {
    const waiting = state.waitingIn(ticket);
    if (waiting >= maxWaiting) return says({ type: "full", waiting });
  }
  return says({ type: "added", ticket }, { type: "joined", ticket, requestId });
}

function leave(state: LifeState, { ticketId }: InputOf<"leave">): Step<"leave"> {
  const record = state.tickets.get(ticketId);
  if (record?.state === "waiting") return is("left", { type: "left", ticket: record.ticket });
  if (record?.state === "left") return is("left");
  // Only what is claimed or matched has a match.
  if (record?.matchId === undefined) return is("unknown");
  const isNew = record.state === "claimed" && !record.leaving;
  return says(
    { type: "claimed", matchId: record.matchId },
    isNew ? { type: "leaving", ticketId } : undefined,
  );
}

function answer(
  state: LifeState,
  { matchId, playerId, accepted }: InputOf<"answer">,
  now: Millis,
): Step<"answer"> {
  const record = state.matches.get(matchId);
  if (!record || !playersOf(record.match).some(({ id }) => id === playerId)) return is("unknown");
  if (record.answers.has(playerId)) return is("already");
  const { acceptBy } = record.match;
  if (record.state !== "claimed" || acceptBy === undefined || now >= acceptBy) return is("closed");
  return is("recorded", { type: "answered", matchId, playerId, accepted });
}

function beat(state: LifeState, { ticketId }: InputOf<"beat">): Step<"beat"> {
  const record = state.tickets.get(ticketId);
  if (record?.state !== "waiting" && record?.state !== "claimed") return is("ended");
  return is("live", record.ticket.heartbeatMs === undefined ? undefined : { type: "beat", ticketId });
}

function claim(state: LifeState, { match }: InputOf<"claim">): Step<"claim"> {
  const known = state.matches.get(match.id);
  if (known && known.state !== "released") return is("claimed");
  const gone: string[] = [];
  for (const { id } of ticketsOf(match))
    if (known || state.tickets.get(id)?.state !== "waiting") gone.push(id);
  return gone.length > 0
    ? says({ type: "gone", ticketIds: gone })
    : is("claimed", { type: "claimed", match });
}

/** What a match that is not claimed is for who would release or settle it. */
function past(record: MatchRecord | undefined): "unknown" | "released" | "settled" {
  return !record ? "unknown" : record.state === "released" ? "released" : "settled";
}

function release(state: LifeState, { matchId, drop, reason }: InputOf<"release">): Step<"release"> {
  const record = state.matches.get(matchId);
  if (record?.state !== "claimed") return is(past(record));
  const accepted = (ticket: Ticket): boolean =>
    ticket.players.every(({ id }) => record.answers.get(id) === true);
  const tickets = ticketsOf(record.match);
  if (reason === "unanswered" && tickets.every(accepted)) return is("accepted");
  const ends = (ticket: Ticket): boolean =>
    state.tickets.get(ticket.id)?.leaving === true || (drop.includes(ticket.id) && !accepted(ticket));
  const dropped = tickets.filter(ends);
  const returned = tickets.filter((ticket) => !ends(ticket));
  return is("released", { type: "released", matchId, returned, dropped, reason });
}

function settle(state: LifeState, { matchId, assignment }: InputOf<"settle">): Step<"settle"> {
  const record = state.matches.get(matchId);
  if (record?.state !== "claimed") return is(past(record));
  const match = assignment ? { ...record.match, assignment } : record.match;
  return is("settled", { type: "settled", match });
}

function deliver(state: LifeState, { matchId }: InputOf<"deliver">): Step<"deliver"> {
  const at = state.matches.get(matchId)?.state;
  if (at === "settled") return is("delivered", { type: "delivered", matchId });
  return is(at === "delivered" ? "delivered" : "unknown");
}

function expire(state: LifeState, { ticketId }: InputOf<"expire">, now: Millis): Step<"expire"> {
  const record = state.tickets.get(ticketId);
  if (!record || record.state === "left") return is("unknown");
  const { ticket, state: at, seenAt } = record;
  if (at !== "waiting") return is(at === "expired" ? "expired" : "claimed");
  return now < endsAt(ticket, seenAt) ? is("live") : is("expired", { type: "expired", ticket });
}

/** When a ticket expires if nothing more is heard: at its end of life, or when its heartbeat is overdue. */
export function endsAt(
  { joinedAt, expiresAt = Infinity, heartbeatMs = Infinity }: Ticket,
  seenAt = joinedAt,
): Millis {
  return Math.min(expiresAt, seenAt + heartbeatMs);
}

/** Writes a change into a state. Together with {@link step} this is all that a store has to run. */
export function evolve(state: LifeState, change: Change, now: Millis): void {
  switch (change.type) {
    case "joined":
      return state.add(change.ticket, change.requestId);
    case "left":
    case "expired":
      return state.end(change.ticket, change.type, now);
    case "leaving":
      return void (state.record(change.ticketId).leaving = true);
    case "beat":
      return void (state.record(change.ticketId).seenAt = now);
    case "answered":
      return void state.matches.get(change.matchId)?.answers.set(change.playerId, change.accepted);
    case "claimed":
      state.open(change.match);
      for (const team of change.match.teams) for (const ticket of team) state.take(ticket, change.match.id);
      return;
    case "released":
      for (const ticket of change.returned) state.giveBack(ticket);
      for (const ticket of change.dropped) state.end(ticket, "left", now);
      return state.closeMatch(change.matchId, "released", now);
    case "settled": {
      const record = state.matches.get(change.match.id) as MatchRecord;
      record.match = change.match;
      record.state = "settled";
      for (const team of change.match.teams) for (const ticket of team) state.end(ticket, "matched", now);
      return;
    }
    case "delivered":
      return state.closeMatch(change.matchId, "delivered", now);
  }
}
