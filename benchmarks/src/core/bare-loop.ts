import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import type { JoinRequest, Player } from "@evenmatch/core";

/** What the bare loop keeps of somebody who waits. */
export interface BareTicket {
  readonly id: string;
  readonly region: string;
  readonly player: Player;
  readonly joinedAt: number;
}

export interface BareMatch {
  readonly id: string;
  readonly region: string;
  readonly createdAt: number;
  readonly teams: readonly [readonly [BareTicket], readonly [BareTicket]];
  readonly quality: number;
}

interface Waiting {
  readonly ratings: number[];
  readonly tickets: BareTicket[];
}

/**
 * The reference of the whole matchmaker: what somebody writes in an afternoon who needs 1v1 in one process and
 * nothing else. Sorted arrays by region; who joins is paired at once with the nearest within the gap, or inserted.
 * Callers get what they get from us: a ticket and a match with ids and times, a promise and an event. No checks, no
 * duplicates, no leaving, no store, no recovery.
 */
export class BareLoop {
  readonly #events = new EventEmitter();
  readonly #regions = new Map<string, Waiting>();
  readonly #gap: number;

  constructor(maxRatingGap: number) {
    this.#gap = maxRatingGap;
  }

  onMatch(listener: (match: BareMatch) => void): void {
    this.#events.on("match", listener);
  }

  get waiting(): number {
    let sum = 0;
    for (const { tickets } of this.#regions.values()) sum += tickets.length;
    return sum;
  }

  join({ region = "global", players: [player] }: JoinRequest): Promise<BareTicket> {
    const ticket: BareTicket = { id: randomUUID(), region, player: player!, joinedAt: Date.now() };
    const { rating } = ticket.player;
    const waiting = this.#waitingIn(region);
    const { ratings, tickets } = waiting;
    const place = placeOf(ratings, rating);
    const below = place > 0 ? rating - ratings[place - 1]! : Infinity;
    const above = place < ratings.length ? ratings[place]! - rating : Infinity;
    const gap = Math.min(below, above);
    if (gap <= this.#gap) {
      const nearest = below <= above ? place - 1 : place;
      ratings.splice(nearest, 1);
      const [other] = tickets.splice(nearest, 1);
      const match: BareMatch = {
        id: randomUUID(),
        region,
        teams: [[other!], [ticket]],
        quality: 1 - gap / this.#gap,
        createdAt: ticket.joinedAt,
      };
      this.#events.emit("match", match);
    } else {
      ratings.splice(place, 0, rating);
      tickets.splice(place, 0, ticket);
    }
    return Promise.resolve(ticket);
  }

  #waitingIn(region: string): Waiting {
    let waiting = this.#regions.get(region);
    if (!waiting) this.#regions.set(region, (waiting = { ratings: [], tickets: [] }));
    return waiting;
  }
}

/** The first place whose rating is not below this one. */
function placeOf(ratings: readonly number[], rating: number): number {
  let low = 0;
  let high = ratings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ratings[middle]! < rating) low = middle + 1;
    else high = middle;
  }
  return low;
}
