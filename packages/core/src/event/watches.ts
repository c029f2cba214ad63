import { unlessAborted } from "../abort.js";
import type { Clock, Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import { ticketsOf, type Match } from "../match/match.js";
import type { ReleaseReason } from "../life.js";
import type { Player } from "../ticket/player.js";
import type { MatchStatus, Query, TicketStatus } from "../ticket/store.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Emitter } from "./emitter.js";
import type { BusEvent } from "./event.js";

interface Watch {
  /** Since when nothing was heard of the ticket, where the store is asked about silent ones. */
  since?: Millis;
  /** The match whose ready check was told. */
  asked?: string;
  /** Who waits for the end of the ticket. */
  waiters?: { readonly resolve: (match: Match) => void; readonly reject: (error: Error) => void }[];
}

/** How long a watched ticket may be silent before the store is asked, where the bus may lose events, in ms. */
const SILENT = 1_000;

/**
 * The same where it may not: no bus delivers what an owner did not live to publish, so once in a while all watched
 * tickets are looked up.
 */
const SILENT_AT_MOST = 30_000;

type Read = (queries: readonly Query[]) => Promise<(TicketStatus | MatchStatus | undefined)[]>;

/**
 * The tickets that this process joined or watches, and whoever waits for them. The bus makes it fast, the store makes
 * it sure: where the bus may lose events, the tickets that were silent for a second are looked up once a second, and
 * else all of them once in 30 s, together.
 */
export class Watches<P extends Player> {
  /** Most tickets of a sure bus need no more than to be known. */
  readonly #watches = new Map<string, Watch | undefined>();
  /** Matches that this process was told of: who watches a ticket that is matched already may ask again and again. */
  readonly #told = new Recent();
  readonly #joining = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(
    private readonly emitter: Emitter<P>,
    private readonly clock: Clock,
    private readonly read: Read,
    /** True when the bus loses nothing, so that a lookup once in a while is enough. */
    private readonly isSure: boolean,
  ) {}

  get size(): number {
    return this.#watches.size;
  }

  add(ticketId: string): void {
    if (!this.#watches.has(ticketId))
      this.#watches.set(ticketId, this.isSure ? undefined : { since: this.clock.now() });
    this.#cancel ??= this.#later();
  }

  /** The tickets whose match somebody waits for. */
  waitedFor(): string[] {
    return Array.from(this.#watches).flatMap(([id, watch]) => (watch?.waiters?.length ? [id] : []));
  }

  /** A ticket is about to be joined: until that is answered, the store need not know it. */
  joining(ticketId: string): void {
    this.add(ticketId);
    this.#joining.add(ticketId);
  }

  /** The join is answered, or given up. */
  joined(ticketId: string): void {
    this.#joining.delete(ticketId);
  }

  isWaitedFor(ticketId: string): boolean {
    return (this.#watches.get(ticketId)?.waiters?.length ?? 0) > 0;
  }

  /** Hears of a ticket no more. */
  drop(ticketId: string): void {
    this.#watches.delete(ticketId);
  }

  /** The match of a ticket, once it is settled. Rejects when the ticket ends otherwise, or the signal aborts. */
  wait(ticketId: string, signal: AbortSignal | undefined): Promise<Match> {
    this.add(ticketId);
    const watch = this.#watchOf(ticketId);
    let forget = (): void => {};
    const ended = new Promise<Match>((resolve, reject) => {
      const waiter = { resolve, reject };
      (watch.waiters ??= []).push(waiter);
      forget = () => (watch.waiters = watch.waiters?.filter((one) => one !== waiter) ?? []);
    });
    return unlessAborted(ended, signal).catch((error: unknown) => {
      forget();
      throw error;
    });
  }

  hear(event: BusEvent): void {
    switch (event.type) {
      case "match.settled":
        return this.#matched(event.data.match);
      case "match.claimed":
        return this.#claimed(event.data.match);
      case "match.answered": {
        const { ticketIds, ...answer } = event.data;
        if (ticketIds.some((id) => this.#watches.has(id))) this.emitter.emit("answered", answer);
        return;
      }
      case "ticket.released":
        return this.#released(event.data.ticket as Ticket<P>, event.data.matchId, event.data.reason);
      case "ticket.left":
        return this.#ended(event.data.ticket, "left", event.data.reason);
      case "ticket.expired":
        return this.#ended(event.data.ticket, "expired", "expired");
      default:
        return;
    }
  }

  /** What the store says of a ticket that is watched. */
  #learn(ticketId: string, status: TicketStatus | undefined, match: MatchStatus | undefined): void {
    if (!this.#watches.has(ticketId)) return;
    const watch = this.#watches.get(ticketId);
    if (watch?.since !== undefined) watch.since = this.clock.now();
    if (status?.state === "left" || status?.state === "expired")
      this.#ended(status.ticket, status.state, status.state);
    else if (match?.state === "settled" || match?.state === "delivered") this.#matched(match.match);
    else if (match?.state === "claimed") this.#claimed(match.match);
    else if (status ? status.state === "matched" : !this.#joining.has(ticketId)) this.#forgotten(ticketId);
  }

  /** Nobody hears of anything any more: rejects all who wait. */
  close(error: EvenmatchError): void {
    this.#cancel?.();
    for (const watch of this.#watches.values()) for (const { reject } of watch?.waiters ?? []) reject(error);
    this.#watches.clear();
  }

  #matched(match: Match): void {
    let isOurs = false;
    for (const team of match.teams) {
      for (const { id } of team) {
        const watch = this.#watches.get(id);
        if (!this.#watches.delete(id)) continue;
        isOurs = true;
        for (const { resolve } of watch?.waiters ?? []) resolve(match);
      }
    }
    if (isOurs && this.#told.add(match.id)) this.emitter.emit("match", match as Match<P>);
  }

  #claimed(match: Match): void {
    if (match.acceptBy === undefined) return;
    let isNew = false;
    for (const { id } of ticketsOf(match)) {
      if (!this.#watches.has(id) || this.#watches.get(id)?.asked === match.id) continue;
      this.#watchOf(id).asked = match.id;
      isNew = true;
    }
    if (isNew) this.emitter.emit("readyCheck", match as Match<P>);
  }

  #released(ticket: Ticket<P>, matchId: string, reason: ReleaseReason): void {
    if (this.#watches.has(ticket.id)) this.emitter.emit("released", { ticket, matchId, reason });
  }

  #ended(ticket: Ticket, state: "left" | "expired", reason: "left" | "expired" | ReleaseReason): void {
    const watch = this.#watches.get(ticket.id);
    if (!this.#watches.delete(ticket.id)) return;
    if (watch?.waiters?.length) {
      const error = endedError(ticket, state, reason);
      for (const { reject } of watch.waiters) reject(error);
    }
    this.emitter.emit("ended", { ticket: ticket as Ticket<P>, state, reason });
  }

  #forgotten(ticketId: string): void {
    const watch = this.#watches.get(ticketId);
    this.#watches.delete(ticketId);
    for (const { reject } of watch?.waiters ?? []) reject(ticketUnknown(ticketId));
  }

  #watchOf(ticketId: string): Watch {
    const watch = this.#watches.get(ticketId) ?? {};
    this.#watches.set(ticketId, watch);
    return watch;
  }

  async #reconcile(): Promise<void> {
    const silent = this.clock.now() - SILENT;
    const isSilent = ([id, watch]: [string, Watch | undefined]): boolean =>
      !this.#joining.has(id) && (this.isSure || (watch?.since !== undefined && watch.since <= silent));
    const ids = Array.from(this.#watches).flatMap((entry) => (isSilent(entry) ? [entry[0]] : []));
    await this.lookUp(ids).catch(() => {});
    this.#cancel = this.#watches.size > 0 ? this.#later() : undefined;
  }

  #later(): () => void {
    const delay = this.isSure ? SILENT_AT_MOST : SILENT;
    return this.clock.at(this.clock.now() + delay, () => void this.#reconcile());
  }

  /** Asks the store for tickets, and for the matches that claimed them. */
  async lookUp(ticketIds: readonly string[]): Promise<void> {
    if (ticketIds.length === 0) return;
    const tickets = await this.read(ticketIds.map((ticketId) => ({ type: "ticket", ticketId })));
    const matchIds = [
      ...new Set(
        tickets.flatMap((found) => (found?.type === "ticket" && found.matchId ? [found.matchId] : [])),
      ),
    ];
    const matches =
      matchIds.length > 0 ? await this.read(matchIds.map((matchId) => ({ type: "match", matchId }))) : [];
    const byId = new Map(matchIds.map((id, index) => [id, matches[index]]));
    ticketIds.forEach((id, index) => {
      const ticket = tickets[index] as TicketStatus | undefined;
      const match = ticket?.matchId === undefined ? undefined : byId.get(ticket.matchId);
      this.#learn(id, ticket, match as MatchStatus | undefined);
    });
  }
}

/** How many matches a process remembers to have told. */
const TOLD = 10_000;

/** The newest ids, forgotten from the oldest on. */
class Recent {
  readonly #ids = new Set<string>();
  readonly #ring: string[] = [];
  #next = 0;

  /** True for an id that is new. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    const oldest = this.#ring[this.#next];
    if (oldest !== undefined) this.#ids.delete(oldest);
    this.#ids.add(id);
    this.#ring[this.#next] = id;
    this.#next = (this.#next + 1) % TOLD;
    return true;
  }
}

function endedError({ id }: Ticket, state: "left" | "expired", reason: string): EvenmatchError {
  return new EvenmatchError(state === "left" ? "TICKET_LEFT" : "TICKET_EXPIRED", {
    rule: `only a waiting ticket is matched, and this one ${state === "left" ? "left" : "expired"}`,
    received: { ticketId: id, reason },
    remedy: "Join again.",
  });
}

export function ticketUnknown(ticketId: string): EvenmatchError {
  return new EvenmatchError("TICKET_UNKNOWN", {
    rule: "a ticket is known while it lives and for a while after",
    received: ticketId,
    remedy: "Look for its match in the match store, or join again.",
  });
}
