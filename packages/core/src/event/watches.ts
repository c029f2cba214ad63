import { unlessAborted } from "../abort.js";
import type { Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import { ticketsOf, type Match } from "../match/match.js";
import type { ReleaseReason } from "../life.js";
import type { Ports } from "../ports.js";
import type { Player } from "../ticket/player.js";
import type { MatchStatus, TicketStatus } from "../ticket/store.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Emitter, TicketEvents } from "./emitter.js";
import type { BusEvent } from "./event.js";

interface Waiter {
  readonly resolve: (match: Match) => void;
  readonly reject: (error: Error) => void;
}

/** What is known of a watched ticket. Never changed in place, because most tickets share one. */
interface Watch {
  /** It is about to be joined: until that is answered, the store need not know it. */
  readonly joining?: boolean;
  /** Since when nothing was heard of the ticket, where the store is asked about silent ones. */
  readonly since?: Millis;
  /** The match whose ready check was told. */
  readonly asked?: string;
  /** Who waits for the end of the ticket. */
  readonly waiters?: readonly Waiter[];
}

/** The tickets of a sure bus that nobody waits for need no more than to be known. */
const KNOWN: Watch = {};
const JOINING: Watch = { joining: true };

const NOBODY: readonly Waiter[] = [];

/** How long a watched ticket may be silent before the store is asked, where the bus may lose events, in ms. */
const SILENT = 1_000;

/**
 * The same where it may not: no bus delivers what an owner did not live to publish, so once in a while all watched
 * tickets are looked up.
 */
const SILENT_AT_MOST = 30_000;

/**
 * The tickets that this process joined or watches, and whoever waits for them. The bus makes it fast, the store makes
 * it sure: where the bus may lose events, the tickets that were silent for a second are looked up once a second, and
 * else all of them once in 30 s, together.
 */
export class Watches<P extends Player> {
  readonly #watches = new Map<string, Watch>();
  /** Matches that this process was told of: who watches a ticket that is matched already may ask again and again. */
  readonly #told = new Recent();
  #cancel: (() => void) | undefined;

  readonly #emitter: Emitter<P>;
  readonly #ports: Ports;

  constructor(emitter: Emitter<P>, ports: Ports) {
    this.#emitter = emitter;
    this.#ports = ports;
  }

  get size(): number {
    return this.#watches.size;
  }

  add(ticketId: string): void {
    if (!this.#watches.has(ticketId)) this.#note(ticketId);
  }

  /** A ticket is about to be joined. */
  joining(ticketId: string): void {
    this.#note(ticketId, JOINING);
  }

  /** The join is answered, or given up. */
  joined(ticketId: string): void {
    const watch = this.#watches.get(ticketId);
    if (watch) this.#watches.set(ticketId, watch === JOINING ? KNOWN : { ...watch, joining: false });
  }

  /** The tickets whose match somebody waits for. */
  waitedFor(): string[] {
    return this.#ids(({ waiters = NOBODY }) => waiters.length > 0);
  }

  /** A ticket left. Whoever waits here need not wait for the owner of the pool to say so; there may be none. */
  async left(ticketId: string): Promise<void> {
    if (this.#waitersOf(ticketId).length > 0) await this.lookUp([ticketId]);
  }

  /** Hears of a ticket no more. */
  drop(ticketId: string): void {
    this.#watches.delete(ticketId);
  }

  /** The match of a ticket, once it is settled. Rejects when the ticket ends otherwise, or the signal aborts. */
  wait(ticketId: string, signal: AbortSignal | undefined): Promise<Match> {
    let forget = (): void => {};
    const ended = new Promise<Match>((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#note(ticketId, { waiters: [...this.#waitersOf(ticketId), waiter] });
      forget = () => {
        if (!this.#watches.has(ticketId)) return;
        this.#note(ticketId, { waiters: this.#waitersOf(ticketId).filter((one) => one !== waiter) });
      };
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
        if (ticketIds.some((id) => this.#watches.has(id))) this.#emitter.emit("answered", answer);
        return;
      }
      case "ticket.released":
        if (this.#watches.has(event.data.ticket.id))
          this.#emitter.emit("released", event.data as TicketEvents<P>["released"]);
        return;
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
    this.#note(ticketId, { since: this.#ports.clock.now() });
    if (status?.state === "left" || status?.state === "expired")
      this.#ended(status.ticket, status.state, status.state);
    else if (match?.state === "settled" || match?.state === "delivered") this.#matched(match.match);
    else if (match?.state === "claimed") this.#claimed(match.match);
    else if (status ? status.state === "matched" : !this.#watches.get(ticketId)?.joining)
      this.#end(ticketId)?.forEach(({ reject }) => reject(ticketUnknown(ticketId)));
  }

  /** Nobody hears of anything any more: rejects all who wait. */
  close(error: EvenmatchError): void {
    this.#cancel?.();
    for (const { waiters = NOBODY } of this.#watches.values())
      for (const { reject } of waiters) reject(error);
    this.#watches.clear();
  }

  #matched(match: Match): void {
    let isOurs = false;
    for (const { id } of ticketsOf(match)) {
      const waiters = this.#end(id);
      waiters?.forEach(({ resolve }) => resolve(match));
      if (waiters) isOurs = true;
    }
    if (isOurs && this.#told.add(match.id)) this.#emitter.emit("match", match as Match<P>);
  }

  #claimed(match: Match): void {
    if (match.acceptBy === undefined) return;
    let isNew = false;
    for (const { id } of ticketsOf(match)) {
      const watch = this.#watches.get(id);
      if (!watch || watch.asked === match.id) continue;
      this.#note(id, { asked: match.id });
      isNew = true;
    }
    if (isNew) this.#emitter.emit("readyCheck", match as Match<P>);
  }

  #ended(ticket: Ticket, state: "left" | "expired", reason: "left" | "expired" | ReleaseReason): void {
    const waiters = this.#end(ticket.id);
    if (!waiters) return;
    if (waiters.length > 0) {
      const error = endedError(ticket, state, reason);
      for (const { reject } of waiters) reject(error);
    }
    this.#emitter.emit("ended", { ticket: ticket as Ticket<P>, state, reason });
  }

  /** A ticket's end is known: who waited for it, or `undefined` when nobody here watches it. */
  #end(ticketId: string): readonly Waiter[] | undefined {
    const waiters = this.#waitersOf(ticketId);
    return this.#watches.delete(ticketId) ? waiters : undefined;
  }

  #waitersOf(ticketId: string): readonly Waiter[] {
    return this.#watches.get(ticketId)?.waiters ?? NOBODY;
  }

  #note(ticketId: string, news: Watch = KNOWN): void {
    const { isSure, clock } = this.#ports;
    const watch = this.#watches.get(ticketId) ?? (isSure ? undefined : { since: clock.now() });
    this.#watches.set(ticketId, watch ? { ...watch, ...news } : news);
    this.#cancel ??= this.#later();
  }

  #ids(fits: (watch: Watch) => boolean): string[] {
    return Array.from(this.#watches).flatMap(([id, watch]) => (fits(watch) ? [id] : []));
  }

  async #reconcile(): Promise<void> {
    const { clock, isSure } = this.#ports;
    const silent = clock.now() - SILENT;
    const ids = this.#ids(({ joining, since = Infinity }) => !joining && (isSure || since <= silent));
    await this.lookUp(ids).catch(() => {});
    this.#cancel = this.#watches.size > 0 ? this.#later() : undefined;
  }

  #later(): () => void {
    const { clock, isSure } = this.#ports;
    return clock.at(clock.now() + (isSure ? SILENT_AT_MOST : SILENT), () => void this.#reconcile());
  }

  /** Asks the store for tickets, and for the matches that claimed them. */
  async lookUp(ticketIds: readonly string[]): Promise<void> {
    await Promise.all(ticketIds.map((ticketId) => this.#ask(ticketId)));
  }

  async #ask(ticketId: string, again = true): Promise<void> {
    const ticket = await this.#ports.read({ type: "ticket", ticketId });
    const matchId = ticket?.matchId;
    const match = matchId ? await this.#ports.read({ type: "match", matchId }) : undefined;
    // A store that fails over between both may have lost the match, and have the ticket wait again.
    if (again && matchId && !match) return this.#ask(ticketId, false);
    this.#learn(ticketId, ticket, match);
  }
}

/** How many matches a process remembers to have told, at least. */
const TOLD = 10_000;

/** The newest ids: so many and those before them. */
class Recent {
  #ids = new Set<string>();
  #older = new Set<string>();

  /** True for an id that is new. */
  add(id: string): boolean {
    const { size } = this.#ids;
    const isNew = this.#ids.add(id).size > size && !this.#older.has(id);
    if (size >= TOLD) {
      this.#older = this.#ids;
      this.#ids = new Set();
    }
    return isNew;
  }
}

function endedError({ id }: Ticket, state: "left" | "expired", reason: string): EvenmatchError {
  return new EvenmatchError(state === "left" ? "TICKET_LEFT" : "TICKET_EXPIRED", {
    rule: `only a waiting ticket is matched, and this one ${state}`,
    received: { ticketId: id, reason },
    remedy: "Join again.",
  });
}

export function ticketUnknown(ticketId: string): EvenmatchError {
  return new EvenmatchError("TICKET_UNKNOWN", {
    rule: "a ticket is known while it lives and for a while after",
    received: ticketId,
    remedy: "Look in the match store, or join again.",
  });
}
