import { ratingOf, type Millis, type Ticket } from "@evenmatch/core";

interface Arrived {
  readonly at: Millis;
  readonly rating: number;
  readonly players: number;
}

/** What `Adaptive` knows of a pool in its plainest words, from all that ever arrived: nothing is taken from the library. */
export class PlainTraffic {
  readonly #arrivals: Arrived[] = [];
  #remembered: readonly Arrived[] = [];

  constructor(private readonly pointsPerSecond: number) {}

  join(one: Ticket): void {
    this.#arrivals.push({ at: one.joinedAt, rating: ratingOf(one), players: one.players.length });
    const { length } = this.#arrivals;
    const until = length < 128 ? length : length - (length % 64);
    this.#remembered = this.#arrivals.slice(Math.max(0, until - 512), until);
  }

  /** The price of waiting for so many as are remembered to come by. */
  worth(now: Millis): number {
    const latest = this.#arrivals.slice(-40);
    const perArrival = Math.max((now + 1 - latest[0]!.at) / latest.length, (now + 1 - latest.at(-1)!.at) / 5);
    return (this.pointsPerSecond * this.#remembered.length * perArrival) / 1_000;
  }

  /** What one would save against another at a distance if all who are remembered came by. */
  saved(one: Ticket, distance: number): number {
    const sum = (all: number, { rating }: Arrived): number =>
      all + Math.max(0, distance - Math.abs(ratingOf(one) - rating));
    return this.#remembered.reduce(sum, 0);
  }

  hasWaited(one: Ticket, gap: number, now: Millis): boolean {
    return this.pointsPerSecond * (now - one.joinedAt) >= 2_000 * gap;
  }

  meanSize(): number {
    const remembered = this.#remembered;
    return remembered.reduce((all, { players }) => all + players, 0) / remembered.length;
  }
}
