import type { Match, Ticket } from "@evenmatch/core";
import { idOf, uuidMaker } from "@evenmatch/core/adapter";
import { playerId, seeded } from "../core/traces.js";

/** The queue of these rows. */
export const QUEUE = "classic";

/** Makes tickets and matches as a matchmaker does, so that both sides send the same. */
export class Players {
  readonly #chance: () => number;
  readonly #uuid;
  #made = 0;

  constructor(seed: number) {
    this.#chance = seeded(seed);
    this.#uuid = uuidMaker((bytes) => bytes.map(() => Math.floor(this.#chance() * 256)));
  }

  /** One player who is nowhere else, with an attribute as games have them. */
  ticket(region: string, now: number): Ticket {
    const pool = { queue: QUEUE, region };
    const id = playerId(this.#made++);
    const rating = 1_500 + Math.round((this.#chance() - 0.5) * 1_000);
    return {
      id: idOf(pool, this.#uuid(now)),
      ...pool,
      players: [{ id, rating, attributes: { username: `Name of ${id}` } }],
      joinedAt: now,
    };
  }

  tickets(count: number, region: string, now: number): Ticket[] {
    return Array.from({ length: count }, () => this.ticket(region, now));
  }

  /** Tickets in pairs. */
  matches(tickets: readonly Ticket[], now: number): Match[] {
    const matches: Match[] = [];
    for (let index = 0; index + 1 < tickets.length; index += 2) {
      const [one, other] = [tickets[index]!, tickets[index + 1]!];
      const { queue, region } = one;
      const id = idOf(one, this.#uuid(now));
      const quality = Math.max(0, 1 - Math.abs(one.players[0]!.rating - other.players[0]!.rating) / 1_000);
      matches.push({ id, queue, region, teams: [[one], [other]], quality, createdAt: now });
    }
    return matches;
  }
}
