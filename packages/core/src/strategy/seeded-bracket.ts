import type { Millis } from "../clock.js";
import { check, invalid, objectOf, wholeAtLeast } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import { isBracketSize, SIZES, slotsOf } from "./bracket.js";
import { explainGroup } from "./explain-group.js";
import { GroupSearch, Line } from "./group-search.js";
import type { Explanation, Proposal, QueueTimes, Strategy } from "./strategy.js";

/** The sizes of {@link SeededBracket}, and how long it collects. */
export interface SeededBracketOptions {
  /** How many players a bracket may have: powers of two from 2 to 65,536, in any order. */
  readonly sizes: readonly number[];
  /** So many milliseconds after the oldest joined, the largest size that is full will do. */
  readonly fillMs: Millis;
  /** Whether the best seeds may skip the first round where a size is not full; no by default. */
  readonly byes?: boolean;
}

/** What a pass found. */
interface Found {
  readonly proposals: Proposal[];
  /** When a pass may find something else, if nobody joins or leaves. */
  readonly nextChange: Millis;
}

/**
 * A knockout tournament: collects players to one of some sizes, and seeds them by rating. A match has one team for
 * each player in the order of seeds, the best first; {@link bracketOf} makes the drawing of it, in which seeds 1 and 2
 * can only meet in the final.
 *
 * 1. The largest size starts as soon as it is full, with the oldest tickets.
 * 2. `fillMs` after the oldest ticket joined, it is in the largest bracket that can be filled. Where fewer wait than
 *    the smallest size has, they go on waiting, and start once that is full.
 * 3. With `byes`, and where that places more players: everybody who waits, in the smallest size that holds them, if
 *    they are more than half of it. Otherwise somebody would have nobody to meet in two rounds.
 * 4. Seeds go by rating; equal ratings by age.
 * 5. With limits, nobody is in a bracket with somebody they may not meet. For each ticket in the order of age, as the
 *    oldest of its bracket, the first group in the order of age is searched for, in no more than 2,000 partial groups,
 *    and 20,000 in a pass: exact where that is enough. `fillMs` counts from the oldest of the bracket. Byes go to the
 *    oldest and, in the order of age, whoever may be with all taken before.
 *
 * Cost: O(n log n) for n tickets; the pool never keeps more than the largest size, where nobody is kept from anybody.
 * With limits O(n·g) questions to them for each ticket that is tried as the oldest of a bracket of g.
 * Quality: players ÷ slots: 1 when nobody has a bye.
 *
 * @example
 * ```ts
 * import { Matchmaker, SeededBracket } from "@evenmatch/core";
 *
 * const cup = new SeededBracket({ sizes: [8, 16, 32], fillMs: 60_000, byes: true });
 * const matchmaker = new Matchmaker({ queues: { cup } });
 * ```
 */
export class SeededBracket implements Strategy {
  readonly maxPartySize = 1;
  readonly #largest: number;
  readonly #fewest: number;
  /** How many players a bracket may have. */
  readonly #numbers: ReadonlySet<number>;
  readonly #fillMs: Millis;

  /**
   * Throws `INVALID_OPTIONS` when `sizes` is empty, names a size twice or one that is no power of two, `fillMs` is
   * not a whole number of 0 or more, or `byes` is neither true nor false.
   */
  constructor(options: SeededBracketOptions) {
    const { sizes, fillMs, byes = false } = objectOf("SeededBracket", options, ["sizes", "fillMs", "byes"]);
    const slots = checkedSizes(sizes).sort((one, other) => one - other);
    this.#fillMs = wholeAtLeast(0, "fillMs", fillMs);
    check(typeof byes === "boolean", "byes", "true or false", byes);
    // With byes more than half of the slots are taken, so that each has somebody to meet by the second round.
    const numbers = slots.flatMap((size) =>
      byes ? Array.from({ length: size / 2 }, (_, place) => size / 2 + 1 + place) : [size],
    );
    this.#numbers = new Set(numbers);
    this.#fewest = numbers[0] as number;
    this.#largest = numbers.at(-1) as number;
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    return this.#pass(pool, now).proposals;
  }

  nextChange(pool: Pool, now: Millis): Millis {
    const { proposals, nextChange } = this.#pass(pool, now);
    // With fewer there, a search may get further than the one before.
    return proposals.length > 0 ? now + 1 : nextChange;
  }

  /** Refuses tickets that end before the time is up: most would never be in a bracket. */
  checkQueue({ ticketTtlMs }: QueueTimes): void {
    if (ticketTtlMs > this.#fillMs) return;
    throw invalid(
      "INVALID_OPTIONS",
      `ticketTtlMs is longer than fillMs, which is ${this.#fillMs}: whoever waits for a bracket to fill would be gone before it starts`,
      ticketTtlMs,
      "Raise ticketTtlMs, or lower fillMs.",
    );
  }

  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    return explainGroup(this, ticket, pool, now, {
      blocking: (group) => {
        const value = now - Math.min(...group.map(({ joinedAt }) => joinedAt));
        const isDue = group.length === this.#largest || value >= this.#fillMs;
        return isDue ? [] : [{ rule: "fillMs", limit: this.#fillMs, value }];
      },
      find: (limits) => {
        const line = behind(ticket, pool);
        const group = this.#group(new GroupSearch(line, limits, now), 0, pool.size);
        return group?.map((place) => line.tickets[place] as Ticket);
      },
      missing: () => this.#missing(ticket, pool, now),
    });
  }

  #pass(pool: Pool, now: Millis): Found {
    const proposals: Proposal[] = [];
    const waiting = [...pool];
    let taken = 0;
    // Where nobody is kept from anybody, the oldest are the first group there is.
    if (!pool.limits) {
      for (; waiting.length - taken >= this.#largest; taken += this.#largest)
        proposals.push(proposalOf(waiting.slice(taken, taken + this.#largest)));
    }
    const line = new Line(taken > 0 ? waiting.slice(taken) : waiting);
    const search = new GroupSearch(line, pool.limits, now);
    const start = (places: number[]): void => {
      proposals.push(proposalOf(places.map((place) => line.tickets[place] as Ticket)));
      // The first of them last, so that its next is one who is still there.
      for (const place of places.reverse()) line.take(place);
    };
    let there = line.tickets.length;
    for (let first = line.next(); first !== undefined && there >= this.#largest; first = line.next(first)) {
      const group = groupOf(search, first, this.#largest, there);
      there -= group?.length ?? 1;
      if (group) start(group);
    }
    there = [...line].length;
    for (let first = line.next(); first !== undefined && there >= this.#fewest; first = line.next(first)) {
      const group = this.#group(search, first, there);
      there -= group?.length ?? 1;
      if (!group) continue;
      const startsAt = (line.tickets[first] as Ticket).joinedAt + this.#fillMs;
      if (startsAt > now) return { proposals, nextChange: Math.min(search.opensAt, startsAt) };
      start(group);
    }
    return { proposals, nextChange: search.opensAt };
  }

  /** Whom a ticket starts with as the first of a bracket, once its time is up; `there` wait from it on. */
  #group(search: GroupSearch<Player>, first: number, there: number): number[] | undefined {
    for (let players = Math.min(there, this.#largest); players >= this.#fewest; players--) {
      if (!this.#numbers.has(players)) continue;
      const group = groupOf(search, first, players, there);
      if (group) return group;
    }
    return undefined;
  }

  /** Those with whom it could be in a bracket if more came. */
  #missing(ticket: Ticket, pool: Pool, now: Millis) {
    const line = behind(ticket, pool);
    const group = new GroupSearch(line, pool.limits, now)
      .together(0, this.#fewest - 1)
      .map((place) => line.tickets[place] as Ticket);
    // Before the time is up, only the largest size would start.
    const isUp = group.some(({ joinedAt }) => joinedAt + this.#fillMs <= now);
    return { group, needed: isUp ? this.#fewest : this.#largest };
  }
}

/** The ticket, and all others by age. */
function behind(ticket: Ticket, pool: Pool): Line<Player> {
  return new Line([ticket, ...[...pool].filter((other) => other !== ticket)]);
}

function groupOf(
  search: GroupSearch<Player>,
  first: number,
  players: number,
  there: number,
): number[] | undefined {
  return search.group(first, { teams: players, teamSize: 1 }, [0, there]);
}

function checkedSizes(sizes: unknown): number[] {
  if (!Array.isArray(sizes) || sizes.length === 0) {
    throw invalid(
      "INVALID_OPTIONS",
      "sizes lists at least one size",
      sizes,
      "Set sizes: [8, 16, 32], or others.",
    );
  }
  for (const [place, size] of (sizes as unknown[]).entries()) {
    if (!isBracketSize(size)) {
      throw invalid(
        "INVALID_OPTIONS",
        `each of sizes is ${SIZES}`,
        size,
        "Set sizes to such values: 8, 16, 32.",
      );
    }
    if (sizes.indexOf(size) < place) {
      throw invalid("INVALID_OPTIONS", "sizes names a size once", size, "Leave it out the second time.");
    }
  }
  return [...(sizes as number[])];
}

function proposalOf(tickets: readonly Ticket[]): Proposal {
  // They come by age, and sorting keeps that order where ratings are equal.
  const seeded = tickets.toSorted((one, other) => ratingOf(other) - ratingOf(one));
  return { teams: seeded.map((ticket) => [ticket]), quality: tickets.length / slotsOf(tickets.length) };
}
