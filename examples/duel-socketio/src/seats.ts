import { ticketsOf, type Match, type Ticket } from "@evenmatch/core";
import { viewOf } from "./players.js";
import type { PlayerView, TicketView } from "./protocol.js";
import type { QueueName, Region } from "./queues.js";
import { now } from "./time.js";

/** A ready check, shared by the seats of everyone in it. */
export interface Check {
  readonly match: Match;
  readonly answers: Map<string, boolean>;
  /** Who was asked by this process. */
  readonly asked: Set<string>;
}

/** Where one waits. */
export interface Place {
  readonly queue: QueueName;
  readonly region: Region;
}

/** Who waits somewhere, and since when. */
export interface Waiting extends Place {
  readonly players: readonly PlayerView[];
  readonly openedAt: number;
}

/**
 * A place in a queue, as this process's book has it: whose it is, and of which ticket. Opened before the join is sent,
 * so that no player can join twice at once, and closed by the one thing that ends a ticket: its news.
 */
export interface Seat extends Waiting {
  /** The join under way; rejects when it is refused. */
  readonly ticket: Promise<Ticket>;
  /** Resolves when the seat is closed. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  readonly ticketId?: string;
  readonly check?: Check | undefined;
}

interface OpenSeat extends Seat {
  isClosed: boolean;
  ticketId?: string;
  check?: Check | undefined;
  readonly close: () => void;
  /** What to do once it is known which ticket this is: news may come before the answer to the join. */
  readonly later: ((ticketId: string) => void)[];
}

/** Whose ticket it is. */
export type Named = Pick<Ticket, "id" | "players">;

/** Who sits where, as far as this process knows. A player has at most one seat. */
export class SeatBook {
  readonly #byPlayer = new Map<string, OpenSeat>();
  readonly #seats = new Set<OpenSeat>();
  readonly #checks = new Map<string, Check>();

  /** `changed` is told when somebody begins or ceases to wait there. */
  constructor(private readonly changed: (place: Place) => void) {}

  of(playerId: string): Seat | undefined {
    return this.#byPlayer.get(playerId);
  }

  /** All seats, those that were opened first first. */
  all(): IterableIterator<Seat> {
    return this.#seats.values();
  }

  /** Those who wait and are not asked to accept a match, who came first first. */
  *waiting(): IterableIterator<Seat> {
    for (const seat of this.#seats) if (!seat.check) yield seat;
  }

  /** A seat for these players: of a ticket that there is, or while it is made. */
  open({ queue, region, players, openedAt }: Waiting, of: Ticket | (() => Promise<Ticket>)): Seat {
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => (close = resolve));
    const isMade = typeof of !== "function";
    const seat: OpenSeat = {
      queue,
      region,
      players: [...players],
      openedAt,
      ticket: isMade ? Promise.resolve(of) : of(),
      ...(isMade && { ticketId: of.id }),
      closed,
      isClosed: false,
      close,
      later: [],
    };
    for (const { id } of players) {
      const before = this.#byPlayer.get(id);
      if (before) this.close(before);
      this.#byPlayer.set(id, seat);
    }
    this.#seats.add(seat);
    seat.ticket.then(
      ({ id }) => {
        seat.ticketId = id;
        for (const run of seat.later.splice(0)) run(id);
      },
      () => this.close(seat),
    );
    this.changed(seat);
    return seat;
  }

  /** The check of a match, once somebody here was asked to accept it. */
  checkOf(matchId: string): Check | undefined {
    return this.#checks.get(matchId);
  }

  /** The seats of a match are asked to accept it. */
  ask(match: Match, answers: Readonly<Record<string, boolean>> = {}): Check {
    const known = this.#checks.get(match.id);
    const check = known ?? { match, answers: new Map(Object.entries(answers)), asked: new Set() };
    for (const ticket of ticketsOf(match)) {
      this.#seatOf(ticket, (seat) => {
        seat.check = check;
        this.#checks.set(match.id, check);
        this.changed(seat);
      });
    }
    return check;
  }

  /** The seat of this ticket waits again. */
  release(ticket: Named, then: (seat: Seat) => void): void {
    this.#seatOf(ticket, (seat) => {
      this.#forgetCheck(seat);
      seat.check = undefined;
      this.changed(seat);
      then(seat);
    });
  }

  /** This ticket has ended: nobody sits there any more. */
  end(ticket: Named): void {
    this.#seatOf(ticket, (seat) => this.close(seat));
  }

  close(seat: Seat): void {
    const open = seat as OpenSeat;
    if (!this.#seats.delete(open)) return;
    open.isClosed = true;
    for (const { id } of seat.players) if (this.#byPlayer.get(id) === open) this.#byPlayer.delete(id);
    this.#forgetCheck(open);
    this.changed(seat);
    open.close();
  }

  closeAll(): void {
    for (const seat of [...this.#seats]) this.close(seat);
  }

  /** Finds the seat of a ticket, as soon as it is known which ticket the seat of its players is of. */
  #seatOf({ id, players }: Named, found: (seat: OpenSeat) => void): void {
    const seat = this.#byPlayer.get(players[0]!.id);
    if (seat?.ticketId === id) found(seat);
    else if (seat && seat.ticketId === undefined) {
      seat.later.push((ticketId) => {
        if (ticketId === id && !seat.isClosed) found(seat);
      });
    }
  }

  /** A check is over with the first seat that leaves it: it has come to its match, or has fallen through. */
  #forgetCheck({ check }: OpenSeat): void {
    if (check) this.#checks.delete(check.match.id);
  }
}

export function ticketViewOf(seat: Waiting, ticketId: string): TicketView {
  const { queue, region, players, openedAt } = seat;
  return { ticketId, queue, region, players: players.map(viewOf), waitedMs: now() - openedAt };
}
