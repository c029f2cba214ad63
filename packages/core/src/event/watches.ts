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

const NOBODY: readonly Waiter[] = [];

interface Watch {
  /** Since when nothing was heard of the ticket, where the store is asked about silent ones. */
  since?: Millis;
  /** The match whose ready check was told. */
  asked?: string;
  /** Who waits for the end of the ticket. */
  waiters?: Waiter[];
}

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
  /** Most tickets of a sure bus need no more than to be known. */
  readonly #watches = new Map<string, Watch | undefined>();
  /** Matches that this process was told of: who watches a ticket that is matched already may ask again and again. */
  readonly #told = new Recent();
  readonly #joining = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(
    private readonly emitter: Emitter<P>,
    private readonly ports: Ports,
  ) {}

  get size(): number {
    return this.#watches.size;
  }

  add(ticketId: string): void {
    if (!this.#watches.has(ticketId))
      this.#watches.set(ticketId, this.ports.isSure ? undefined : { since: this.ports.clock.now() });
    this.#cancel ??= this.#later();
  }

  /** The tickets whose match somebody waits for. */
  waitedFor(): string[] {
    return this.#ids((watch) => watch?.waiters !== undefined);
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
        if (this.#watches.has(event.data.ticket.id))
          this.emitter.emit("released", event.data as TicketEvents<P>["released"]);
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
    const watch = this.#watches.get(ticketId);
    if (watch?.since !== undefined) watch.since = this.ports.clock.now();
    if (status?.state === "left" || status?.state === "expired")
      this.#ended(status.ticket, status.state, status.state);
    else if (match?.state === "settled" || match?.state === "delivered") this.#matched(match.match);
    else if (match?.state === "claimed") this.#claimed(match.match);
    else if (status ? status.state === "matched" : !this.#joining.has(ticketId))
      this.#end(ticketId)?.forEach(({ reject }) => reject(ticketUnknown(ticketId)));
  }

  /** Nobody hears of anything any more: rejects all who wait. */
  close(error: EvenmatchError): void {
    this.#cancel?.();
    for (const watch of this.#watches.values()) for (const { reject } of watch?.waiters ?? []) reject(error);
    this.#watches.clear();
  }

  #matched(match: Match): void {
    let isOurs = false;
    for (const { id } of ticketsOf(match)) {
      const waiters = this.#end(id);
      waiters?.forEach(({ resolve }) => resolve(match));
      if (waiters) isOurs = true;
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

  #ended(ticket: Ticket, state: "left" | "expired", reason: "left" | "expired" | ReleaseReason): void {
    const waiters = this.#end(ticket.id);
    if (!waiters) return;
    if (waiters.length > 0) {
      const error = endedError(ticket, state, reason);
      for (const { reject } of waiters) reject(error);
    }
    this.emitter.emit("ended", { ticket: ticket as Ticket<P>, state, reason });
  }

  /** A ticket's end is known: who waited for it, or `undefined` when nobody here watches it. */
  #end(ticketId: string): readonly Waiter[] | undefined {
    const watch = this.#watches.get(ticketId);
    return this.#watches.delete(ticketId) ? (watch?.waiters ?? NOBODY) : undefined;
  }

  #watchOf(ticketId: string): Watch {
    const watch = this.#watches.get(ticketId) ?? {};
    this.#watches.set(ticketId, watch);
    return watch;
  }

  #ids(fits: (watch: Watch | undefined, id: string) => boolean): string[] {
    return Array.from(this.#watches).flatMap(([id, watch]) => (fits(watch, id) ? [id] : []));
  }

  async #reconcile(): Promise<void> {
    const { clock, isSure } = this.ports;
    const silent = clock.now() - SILENT;
    const ids = this.#ids(
      (watch, id) => !this.#joining.has(id) && (isSure || (watch?.since ?? Infinity) <= silent),
    );
    await this.lookUp(ids).catch(() => {});
    this.#cancel = this.#watches.size > 0 ? this.#later() : undefined;
  }

  #later(): () => void {
    const { clock, isSure } = this.ports;
    return clock.at(clock.now() + (isSure ? SILENT_AT_MOST : SILENT), () => void this.#reconcile());
  }

  /** Asks the store for tickets, and for the matches that claimed them. */
  async lookUp(ticketIds: readonly string[]): Promise<void> {
    await Promise.all(
      ticketIds.map(async (ticketId) => {
        const ticket = await this.ports.read({ type: "ticket", ticketId });
        const matchId = ticket?.matchId;
        const match = matchId ? await this.ports.read({ type: "match", matchId }) : undefined;
        this.#learn(ticketId, ticket, match);
      }),
    );
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
    rule: `only a waiting ticket is matched, and this one ${state}`,
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
