import { poolOf } from "@evenmatch/core/adapter";
import type {
  Called,
  EndedNews,
  FinalState,
  HistoryEntry,
  MatchNews,
  News,
  Operation,
  ReleasedNews,
  Replied,
  Told,
  Unanswered,
} from "./history.js";

/** A call with what came of it; neither reply nor `unanswered` is there when its process died. */
export interface Call {
  readonly called: Called;
  /** Place of the call in the history. */
  readonly index: number;
  replied?: Replied;
  unanswered?: Unanswered;
}

/** A call that asks for one kind of thing. */
export interface CallOf<Type extends Operation["type"]> extends Call {
  readonly operation: Extract<Operation, { type: Type }>;
}

/** News with the entry that holds them. */
export interface Heard<Content extends News = News> {
  readonly told: Told;
  readonly news: Content;
  /** Place of the entry in the history. */
  readonly index: number;
}

export type FinalTicket = FinalState["tickets"][number];
export type FinalMatch = FinalState["matches"][number];

/** A history and a final state, looked up by what the rules ask for. */
export class Evidence {
  readonly calls = new Map<string, Call>();
  /** What makes the record itself unsound: entries that cannot have been written by an honest caller. */
  readonly flaws: { readonly message: string; readonly entries: readonly HistoryEntry[] }[] = [];
  readonly joins: CallOf<"join">[] = [];
  readonly leaves: CallOf<"leave">[] = [];
  readonly answers: CallOf<"answer">[] = [];
  readonly matches: Heard<MatchNews>[] = [];
  readonly readyChecks: Heard<MatchNews>[] = [];
  readonly ends: Heard<EndedNews>[] = [];
  readonly releases: Heard<ReleasedNews>[] = [];
  /** The joins that were answered with a ticket, by its id. */
  readonly answeredFor = new Map<string, CallOf<"join">[]>();
  readonly joinsOfPlayer = new Map<string, CallOf<"join">[]>();
  readonly leavesOf = new Map<string, CallOf<"leave">[]>();
  /** News of a settled match that name a ticket. */
  readonly matchesToldOf = new Map<string, Heard<MatchNews>[]>();
  readonly tickets = new Map<string, FinalTicket>();
  readonly finalMatches = new Map<string, FinalMatch>();
  /** Matches that happen, by the tickets in them. */
  readonly settledOf = new Map<string, FinalMatch[]>();
  readonly releasedOf = new Map<string, FinalMatch[]>();
  readonly ticketsOfPlayer = new Map<string, FinalTicket[]>();

  constructor(
    readonly entries: readonly HistoryEntry[],
    readonly final: FinalState,
    /** Tickets that may live on though their callers think that they ended. */
    readonly parted: ReadonlySet<string> = new Set(),
  ) {
    entries.forEach((entry, index) => this.#take(entry, index));
    for (const ticket of final.tickets) {
      if (this.tickets.has(ticket.ticketId)) continue;
      this.tickets.set(ticket.ticketId, ticket);
      for (const player of ticket.players) push(this.ticketsOfPlayer, player, ticket);
    }
    for (const match of final.matches) {
      this.finalMatches.set(match.matchId, match);
      const byTicket = happens(match)
        ? this.settledOf
        : match.state === "released"
          ? this.releasedOf
          : undefined;
      if (byTicket) for (const ticketId of match.teams.flat()) push(byTicket, ticketId, match);
    }
  }

  /** The joins that may have made a ticket: those answered with it and their other tries, else those that ask for just this. */
  joinsFor(ticket: Pick<FinalTicket, "ticketId" | "players">): CallOf<"join">[] {
    const answered = this.answeredFor.get(ticket.ticketId);
    const pool = poolOf(ticket.ticketId);
    const player = answered?.[0]?.operation.players[0] ?? ticket.players[0] ?? "";
    const joins = (this.joinsOfPlayer.get(player) ?? []).filter(
      ({ operation }) => operation.queue === pool?.queue && operation.region === pool.region,
    );
    if (!answered) return joins.filter(({ operation }) => samePlayers(operation.players, ticket.players));
    const requests = new Set(answered.map(({ operation }) => operation.requestId));
    const others = joins.filter(
      (join) =>
        !answered.includes(join) &&
        join.operation.requestId !== undefined &&
        requests.has(join.operation.requestId),
    );
    return [...answered, ...others];
  }

  #take(entry: HistoryEntry, index: number): void {
    switch (entry.type) {
      case "called":
        return this.#call(entry, index);
      case "told":
        return this.#told(entry, index);
      case "replied":
      case "unanswered":
        return this.#end(entry);
    }
  }

  #call(called: Called, index: number): void {
    const { operation } = called;
    const known = this.calls.get(called.call);
    if (known)
      this.flaws.push({ message: `${called.call} was called twice`, entries: [known.called, called] });
    const call = { called, operation, index };
    this.calls.set(called.call, call);
    if (operation.type === "answer") this.answers.push(call as CallOf<"answer">);
    else if (operation.type === "leave") {
      this.leaves.push(call as CallOf<"leave">);
      push(this.leavesOf, operation.ticketId, call as CallOf<"leave">);
    } else {
      this.joins.push(call as CallOf<"join">);
      for (const player of operation.players) push(this.joinsOfPlayer, player, call as CallOf<"join">);
    }
  }

  #end(entry: Replied | Unanswered): void {
    const call = this.calls.get(entry.call);
    if (!call)
      return void this.flaws.push({ message: `${entry.call} ended, and was never called`, entries: [entry] });
    const { called, replied, unanswered } = call;
    if (replied || unanswered) {
      return void this.flaws.push({ message: `${entry.call} ended twice`, entries: [called, entry] });
    }
    if (called.process !== entry.process || called.at > entry.at) {
      this.flaws.push({
        message: `${entry.call} ended elsewhere, or before it was called`,
        entries: [called, entry],
      });
    }
    if (entry.type === "unanswered") call.unanswered = entry;
    else {
      call.replied = entry;
      if (entry.reply.type === "joined") push(this.answeredFor, entry.reply.ticketId, call as CallOf<"join">);
    }
  }

  #told(told: Told, index: number): void {
    const { news } = told;
    switch (news.type) {
      case "match": {
        const heard = { told, news, index };
        this.matches.push(heard);
        for (const { ticketId } of news.teams.flat()) push(this.matchesToldOf, ticketId, heard);
        return;
      }
      case "readyCheck":
        return void this.readyChecks.push({ told, news, index });
      case "ended":
        return void this.ends.push({ told, news, index });
      case "released":
        return void this.releases.push({ told, news, index });
    }
  }
}

/** True for a match that is past the point of no return. */
export function happens({ state }: FinalMatch): boolean {
  return state === "settled" || state === "delivered";
}

/** The reply of a call, if one came. */
export function replyOf({ replied }: Call): Replied["reply"] | undefined {
  return replied?.reply;
}

/** What was called, and what came back, as far as it did. */
export function repliesOf(calls: readonly Call[] = []): HistoryEntry[] {
  return calls.flatMap(({ called, replied }) => (replied ? [called, replied] : [called]));
}

export function samePlayers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((player) => others.includes(player));
}

/**
 * True when one entry was certainly written before the other: by its place within a process, by its time between
 * two, whose clocks are taken to agree to the millisecond.
 */
export function isBefore(
  one: { readonly entry: HistoryEntry; readonly index: number },
  other: { readonly entry: HistoryEntry; readonly index: number },
): boolean {
  return one.entry.process === other.entry.process ? one.index < other.index : one.entry.at < other.entry.at;
}

/** Adds to the list of a key. */
export function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
