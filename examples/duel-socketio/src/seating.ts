import { EvenmatchError, type JoinOptions, type Matchmaker, type Ticket } from "@evenmatch/core";
import type { PlayerView } from "./protocol.js";
import { modes, type DuelQueues, type QueueName } from "./queues.js";
import { Refusal } from "./refusal.js";
import type { Place, Seat, SeatBook, Waiting } from "./seats.js";
import { now } from "./time.js";

/** Codes of a join that may have made a ticket all the same. */
const UNKNOWN: readonly string[] = ["STORE_UNAVAILABLE", "CLOSED"];

/** Where players sit, wherever they sat down. */
export interface Seating {
  of(playerId: string): Promise<Seat | undefined> | Seat | undefined;
  /** Joins for these players; refuses where one of them waits already. */
  take(place: Place, players: readonly PlayerView[]): Promise<Seat> | Seat;
  /** The ticket of a seat has left; resolves when its players may sit down again. */
  left(seat: Seat): Promise<void> | void;
  /** A player is here: what becomes of their ticket is to be heard here, wherever it was joined. */
  follow(playerId: string): void;
  /** Everybody who waits and is not asked to accept a match, who came first first. */
  waiting(): Promise<readonly Waiting[]> | readonly Waiting[];
  /** Follows nobody any more. */
  close(): Promise<void> | void;
}

/** The seats of the only process there is: its book says it all. */
export class OwnSeating implements Seating {
  constructor(
    private readonly matchmaker: Matchmaker<DuelQueues>,
    private readonly book: SeatBook,
  ) {}

  of(playerId: string): Seat | undefined {
    return this.book.of(playerId);
  }

  take(place: Place, players: readonly PlayerView[]): Seat {
    for (const { id, name } of players) {
      const seat = this.of(id);
      if (seat) throw waitsAlready(name, seat.queue, place.queue);
    }
    const waiting = { ...place, players, openedAt: now() };
    return this.book.open(waiting, () => join(this.matchmaker, place, players));
  }

  left(seat: Seat): Promise<void> {
    return seat.closed;
  }

  /** Whoever joined, joined here. */
  follow(): void {}

  waiting(): Waiting[] {
    return [...this.book.waiting()];
  }

  close(): void {}
}

export function waitsAlready(name: string, queue: QueueName, asked: QueueName): Refusal {
  const code = queue === asked ? "ALREADY_WAITING" : "WAITING_ELSEWHERE";
  return new Refusal(code, `${name} waits for ${modes[queue].title} already; leave that first.`);
}

/** Whether a join that failed with this has made no ticket for sure. */
export function isRefused(error: unknown): boolean {
  return error instanceof EvenmatchError && !UNKNOWN.includes(error.code);
}

/**
 * The ticket of a seat, once its join is answered. Nothing where the join was refused; rejects where nobody knows what
 * became of it.
 */
export async function ticketOf(seat: Seat): Promise<Ticket | undefined> {
  try {
    return await seat.ticket;
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}

/** The ticket of these players: what is shown of them travels with it. */
export function join(
  matchmaker: Matchmaker<DuelQueues>,
  { queue, region }: Place,
  players: readonly PlayerView[],
  options?: JoinOptions,
): Promise<Ticket> {
  const entrants = players.map(({ id, name, rating, bot = false }) => ({
    id,
    rating,
    attributes: { name, bot },
  }));
  return matchmaker.join(queue, { region, players: entrants }, options);
}
