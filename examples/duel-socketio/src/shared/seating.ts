import type { Matchmaker, Ticket, TicketStore } from "@evenmatch/core";
import { randomUUID } from "node:crypto";
import { CatchingUp } from "../catching-up.js";
import type { PlayerView } from "../protocol.js";
import type { DuelQueues } from "../queues.js";
import { Refusal } from "../refusal.js";
import { isHere, playersHere, roomsOf, type DuelIo } from "../rooms.js";
import { isRefused, join, ticketOf, waitsAlready, type Seating } from "../seating.js";
import { ticketViewOf, type Place, type Seat, type SeatBook, type Waiting } from "../seats.js";
import { every, now } from "../time.js";
import { Underway } from "../underway.js";
import { FreeSeats } from "./free-seats.js";
import { lookUp, type Standing } from "./lookup.js";
import type { SeatRow, SeatRows } from "./seat-rows.js";

interface Around {
  readonly matchmaker: Matchmaker<DuelQueues>;
  readonly tickets: TicketStore;
  readonly io: DuelIo;
  /** What this process knows of seats, its own and those of whoever is connected here. */
  readonly book: SeatBook;
  readonly rows: SeatRows;
  readonly waiting: () => Promise<readonly Waiting[]>;
  readonly heartbeatMs: number;
}

/** A join that nobody has asked about for so long is not made any more, in ms. */
const LOST = 60_000;

/** How often a seat is looked for that others take in the same moment. */
const TRIES = 3;

/** How often it is seen to that no hint was lost, in ms, and how far back. */
const SWEEP = 5_000;
const SWEPT = 4 * SWEEP;

/** How often a day's old rows are forgotten, in ms. */
const TIDY = 600_000;

/**
 * The seats of several processes. A row says which seat a player took last, the ticket store whether its ticket
 * lives, and this process's book follows the tickets of all who are connected here:
 *
 * 1. Sitting down replaces the player's row, if that is still the one that was found or is known to be free; then the
 *    join is sent, with the row's own request id; then the row gets its ticket.
 * 2. A row without a ticket is finished by whoever finds it, with the same request id: if its process has died, the
 *    join it promised is made once, or found.
 * 3. Whoever connects is looked up, and so is whoever another process has just joined for; their tickets are watched
 *    from then on. A hint of the other process makes it fast, a look at what changed makes it sure.
 */
export class SharedSeating implements Seating {
  /** Joins of this process that are under way, by their request. */
  readonly #joining = new Map<string, Seat>();
  /** The joins among them that another process was to send: their tickets may have lived and ended unheard here. */
  readonly #finishing = new Set<Seat>();
  /** Of which request the seats of the book are. */
  readonly #requests = new WeakMap<Seat, string>();
  readonly #underway = new Underway();
  /** Players of this process of whom it is to be seen whether they sit somewhere. */
  readonly #catchingUp: CatchingUp;
  readonly #free: FreeSeats;
  readonly #stops: readonly (() => void)[];

  constructor(private readonly around: Around) {
    const { io, rows, matchmaker, heartbeatMs } = around;
    this.#free = new FreeSeats(matchmaker);
    const lookHere = async (playerIds: readonly string[]): Promise<void> => {
      const here = playerIds.filter((id) => isHere(io, id));
      if (here.length > 0) await this.#look(here);
    };
    this.#catchingUp = new CatchingUp(lookHere, this.#underway);
    io.on("seated", (playerIds) => this.#catchingUp.with(playerIds));
    const often = (ms: number, run: () => Promise<void>) => every(ms, () => this.#underway.run(run));
    this.#stops = [
      often(heartbeatMs / 3, () => this.#beat()),
      often(SWEEP, () => this.#sweep()),
      often(TIDY, () => rows.tidy()),
    ];
  }

  async of(playerId: string): Promise<Seat | undefined> {
    return (await this.#look([playerId])).get(playerId)?.seat;
  }

  async take(place: Place, players: readonly PlayerView[]): Promise<Seat> {
    const { rows } = this.around;
    const playerIds = players.map(({ id }) => id);
    const rowNow = (): SeatRow => {
      return { ...place, requestId: randomUUID(), ticketId: null, players, openedAt: now() };
    };
    const last = this.#free.take(playerIds);
    if (last) {
      const row = rowNow();
      if (await rows.take(row, last)) return this.#open(row);
    }
    for (let tries = 1; ; tries++) {
      const found = await this.#look(playerIds);
      for (const { id, name } of players) {
        const seat = found.get(id)?.seat;
        if (seat && (await this.#isTaken(seat))) throw waitsAlready(name, seat.queue, place.queue);
      }
      const row = rowNow();
      const before = [...found.values()].map((sitting) => sitting.row.requestId);
      if (await rows.take(row, before)) return this.#open(row);
      // Somebody has sat down in this moment, at another process or in another tab: who and where is seen now.
      if (tries === TRIES)
        throw new Refusal("WAITING_ELSEWHERE", "You are joining elsewhere; try again.", true);
    }
  }

  left(seat: Seat): void {
    this.around.book.close(seat);
  }

  follow(playerId: string): void {
    this.#catchingUp.with([playerId]);
  }

  waiting(): Promise<readonly Waiting[]> {
    return this.around.waiting();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#catchingUp.close();
    await this.#underway.idle();
  }

  /** Joins for a row, and writes down its ticket. */
  #open(row: SeatRow, joining = () => this.#join(row)): Seat {
    const seat = this.around.book.open(row, joining);
    const { requestId } = row;
    this.#joining.set(requestId, seat);
    this.#requests.set(seat, requestId);
    const done = (): boolean => this.#joining.delete(requestId);
    seat.ticket.then(done, (error: unknown) => {
      done();
      // The seat is closed, and its ticket may live.
      if (!isRefused(error)) this.#requests.delete(seat);
    });
    return seat;
  }

  async #isTaken(seat: Seat): Promise<boolean> {
    if (this.#finishing.has(seat)) await ticketOf(seat);
    return !seat.isClosed;
  }

  async #join(row: SeatRow): Promise<Ticket> {
    const { matchmaker, rows, io } = this.around;
    const { requestId, players } = row;
    let ticket: Ticket;
    try {
      ticket = await join(matchmaker, row, players, { requestId });
    } catch (error) {
      // Where nobody knows whether a ticket was made, the row stays, to be finished by whoever finds it.
      if (isRefused(error)) await rows.drop(row).catch(console.error);
      throw error;
    }
    this.#free.watch(ticket.id, row);
    await rows.ticketed(row, ticket.id).catch(console.error);
    io.serverSideEmit(
      "seated",
      players.map(({ id }) => id),
    );
    return ticket;
  }

  /** How these players stand, by the rows and the store; the book of this process is brought up to it. */
  async #look(playerIds: readonly string[]): Promise<Map<string, Sitting>> {
    const { rows, tickets, book } = this.around;
    const before = new Map(playerIds.map((id) => [id, book.of(id)]));
    const known = await rows.of(playerIds);
    const standings = await lookUp(tickets, [...known.values()], "claimed");
    const found = new Map<string, Sitting>();
    for (const [playerId, row] of known) {
      const old = before.get(playerId);
      const seat = book.of(playerId);
      // What the book has learned meanwhile is newer than what was read: of another seat, of this one's ticket, or
      // that it is over.
      const isNewer = seat
        ? seat !== old || this.#hasTicketOf(row, seat)
        : old && this.#requests.get(old) === row.requestId;
      const standing = standings.get(row.requestId);
      // Another process may have been answered first, and the ticket may have ended before it is answered here.
      if (standing && !isLive(standing)) this.#joining.delete(row.requestId);
      const joining = this.#joining.get(row.requestId);
      const current = joining ?? (isNewer ? seat : this.#seatOf(row, standing));
      found.set(playerId, { row, seat: current });
      if (old && old !== current && !this.#isJoining(old)) book.close(old);
    }
    for (const id of playerIds) {
      const row = known.get(id);
      // A row without a ticket may get one yet, however late.
      if (!found.get(id)?.seat && row?.ticketId !== null) this.#free.found(id, row);
    }
    return found;
  }

  /** The join of a row is answered here, and the row was read before it was written there. */
  #hasTicketOf(row: SeatRow, seat: Seat): boolean {
    return row.ticketId === null && seat.ticketId !== undefined && this.#requests.get(seat) === row.requestId;
  }

  /** The seat of a row, as its ticket stands. */
  #seatOf(row: SeatRow, standing: Standing | undefined): Seat | undefined {
    if (row.ticketId === null) return now() - row.openedAt < LOST ? this.#finish(row) : undefined;
    if (!standing || !isLive(standing)) return undefined;
    const known = this.around.book.of(row.players[0]!.id);
    return known?.ticketId === standing.ticket.id ? known : this.#restored(row, standing);
  }

  /** The join of a row is answered by nobody yet: by a process that is just about to, or one that is no more. */
  #finish(row: SeatRow): Seat {
    const { book, tickets } = this.around;
    const seat = this.#open(row, async () => {
      const ticket = await this.#join(row);
      const { requestId } = row;
      const standing = (await lookUp(tickets, [{ ...row, ticketId: ticket.id }], "claimed")).get(requestId);
      if (standing && isLive(standing)) this.#ask(standing);
      else book.close(seat);
      return ticket;
    });
    this.#finishing.add(seat);
    const done = (): boolean => this.#finishing.delete(seat);
    seat.ticket.then(({ id }) => {
      done();
      this.#tell(seat, id);
    }, done);
    return seat;
  }

  /** From now on the news of a ticket are heard here, too. */
  #restored(row: SeatRow, standing: Standing): Seat {
    const { book, matchmaker } = this.around;
    const { ticket } = standing;
    const seat = book.open(row, ticket);
    this.#requests.set(seat, row.requestId);
    this.#ask(standing);
    this.#tell(seat, ticket.id);
    this.#free.watch(ticket.id, row);
    matchmaker.watch(ticket.id).catch(() => {});
    return seat;
  }

  /** A ready check that began unheard here. */
  #ask({ match, answers }: Standing): void {
    if (match?.acceptBy !== undefined) this.around.book.ask(match, answers);
  }

  /** Whoever is here and did not join here hears that they wait. */
  #tell(seat: Seat, ticketId: string): void {
    if (!seat.isClosed)
      this.around.io.local.to(roomsOf(seat.players)).emit("joined", ticketViewOf(seat, ticketId));
  }

  #isJoining(seat: Seat): boolean {
    return [...this.#joining.values()].includes(seat);
  }

  /** Says that those who wait are there; nobody says so for those whose process has died. */
  async #beat(): Promise<void> {
    const { matchmaker, book, io } = this.around;
    const here = [...book.all()].filter(
      (seat) => seat.ticketId !== undefined && seat.players.some(({ id }) => isHere(io, id)),
    );
    if (here.length === 0) return;
    const outcomes = await matchmaker.heartbeat(here.map(({ ticketId }) => ticketId!));
    const ended = here.filter((seat, index) => outcomes[index] === "ended" && !seat.isClosed);
    for (const seat of ended) book.close(seat);
    await this.#tellLost(ended);
  }

  /** Tickets end with a word from the matchmaker, but for those that the store has lost: of these nobody knows any more. */
  async #tellLost(seats: readonly Seat[]): Promise<void> {
    if (seats.length === 0) return;
    const { tickets, io } = this.around;
    const queries = seats.map(({ ticketId }) => ({ type: "ticket" as const, ticketId: ticketId! }));
    const found = await tickets.read(queries, {});
    for (const [index, { ticketId = "", players }] of seats.entries()) {
      if (found[index]) continue;
      io.local.to(roomsOf(players)).emit("ended", { ticketId, state: "expired", reason: "lost" });
    }
  }

  async #sweep(): Promise<void> {
    const { io, rows } = this.around;
    this.#free.tidy((id) => isHere(io, id));
    const here = playersHere(io);
    if (here.length === 0) return;
    this.#catchingUp.with(await rows.changed(here, SWEPT));
  }
}

function isLive({ state }: Standing): boolean {
  return state === "waiting" || state === "claimed";
}

/** A player's last seat, and whether they still sit there. */
interface Sitting {
  readonly row: SeatRow;
  readonly seat: Seat | undefined;
}
