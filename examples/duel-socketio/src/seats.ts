import type { Match, Ticket } from "@evenmatch/core";
import type { PlayerRecord } from "./players.js";
import { viewOf } from "./players.js";
import type { TicketView } from "./protocol.js";
import type { QueueName, Region } from "./queues.js";
import { now } from "./time.js";

/** A ready check, shared by the seats of everyone in it. */
export interface Check {
  readonly match: Match;
  readonly answers: Map<string, boolean>;
}

/**
 * A place in a queue, as the server's book has it: whose it is, and of which ticket. Opened before the join is sent,
 * so that no player can join twice at once, and closed by the one thing that ends a ticket: its news.
 */
export interface Seat {
  readonly queue: QueueName;
  readonly region: Region;
  readonly players: readonly PlayerRecord[];
  readonly openedAt: number;
  /** The join under way; rejects when it is refused. */
  readonly ticket: Promise<Ticket>;
  /** Resolves when the seat is closed. */
  readonly closed: Promise<void>;
  readonly ticketId?: string;
  readonly check?: Check | undefined;
}

type OpenSeat = { -readonly [Key in keyof Seat]: Seat[Key] };

export type Place = Pick<Seat, "queue" | "region">;

/** Who sits where. A player has at most one seat. */
export class SeatBook {
  readonly #byPlayer = new Map<string, OpenSeat>();
  readonly #closers = new Map<Seat, () => void>();

  /** `changed` is told when somebody begins or ceases to wait there. */
  constructor(private readonly changed: (place: Place) => void) {}

  of(playerId: string): Seat | undefined {
    return this.#byPlayer.get(playerId);
  }

  /** Those who wait and are not asked to accept a match, who came first first. */
  *waiting(): IterableIterator<Seat> {
    for (const seat of this.#closers.keys()) if (!seat.check) yield seat;
  }

  /** Keeps a place for these players while their ticket is made. */
  open(place: Place, players: readonly PlayerRecord[], join: () => Promise<Ticket>): Seat {
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => (close = resolve));
    const { queue, region } = place;
    const seat: OpenSeat = { queue, region, players: [...players], openedAt: now(), ticket: join(), closed };
    for (const { id } of players) this.#byPlayer.set(id, seat);
    this.#closers.set(seat, close);
    seat.ticket.then(
      ({ id }) => (seat.ticketId = id),
      () => this.close(seat),
    );
    this.changed(seat);
    return seat;
  }

  /** The player's seat is asked to accept a match; with `undefined` it waits again. */
  ask(playerId: string, check: Check | undefined): void {
    const seat = this.#byPlayer.get(playerId);
    if (!seat) return;
    seat.check = check;
    this.changed(seat);
  }

  close(seat: Seat): void {
    const close = this.#closers.get(seat);
    if (!close) return;
    this.#closers.delete(seat);
    for (const { id } of seat.players) this.#byPlayer.delete(id);
    this.changed(seat);
    close();
  }

  closeAll(): void {
    for (const seat of [...this.#closers.keys()]) this.close(seat);
  }
}

export function ticketViewOf(seat: Seat, ticketId: string): TicketView {
  const { queue, region, players, openedAt } = seat;
  return { ticketId, queue, region, players: players.map(viewOf), waitedMs: now() - openedAt };
}
