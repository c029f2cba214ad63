import type { Millis } from "../clock.js";
import { pairUp } from "../strategy/pairing.js";
import type { AttributeSchema, Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";

/** From when on players may be in one match: always (`true`), never (`false`), or from an instant of match time. */
export type Opening = boolean | Millis;

/** Who may not meet whom in a queue, whatever its strategy. Made by {@link defineLimit} or a function that uses it. */
export interface Limit<P extends Player = Player> {
  readonly rule: string;
  readonly attributes: AttributeSchema;
  readonly between: ((one: P, other: P) => Opening) | undefined;
  readonly among: ((players: readonly P[]) => Opening) | undefined;
  readonly region: ((players: readonly P[]) => string | undefined) | undefined;
  readonly bound: number;
  readonly measure: (players: readonly P[]) => number;
  /** Puts limits together. Limits bring the code that keeps them, so that whoever has none does not carry it. */
  readonly together: (limits: readonly Limit<any>[]) => Limits;
}

/** One limit that keeps tickets apart, as an explanation states it. */
export interface Blocking {
  readonly rule: string;
  readonly limit: number;
  readonly value: number;
  /** From when on it no longer does; `Infinity` if never. */
  readonly opensAt: Millis;
}

/**
 * The limits of a queue together, asked about tickets: players of one ticket chose each other, and no limit stands
 * between them. Symmetric, and hereditary: whoever may not meet in a small group may not meet in a larger one. An
 * answer is the first instant at which the tickets may be in one match, so that strategies know when to look again:
 * `-Infinity` for always, `Infinity` for never.
 */
export class Limits {
  /** Of all limits together. */
  readonly attributes: AttributeSchema;
  readonly #limits: readonly Limit<any>[];

  /** The most pairs among tickets that limits keep apart; see {@link PairUp}. */
  readonly pairUp = pairUp;

  constructor(limits: readonly Limit<any>[]) {
    this.#limits = limits;
    this.attributes = Object.assign({}, ...limits.map(({ attributes }) => attributes)) as AttributeSchema;
  }

  /** From when on these two may be in one match. */
  between(one: Ticket, other: Ticket): Millis {
    return this.among([one, other]);
  }

  /** From when on all of these may be in one match. */
  among(tickets: readonly Ticket[]): Millis {
    let opensAt = Number.NEGATIVE_INFINITY;
    for (const limit of this.#limits) {
      opensAt = Math.max(opensAt, openingOf(limit, tickets));
      if (opensAt === Infinity) break;
    }
    return opensAt;
  }

  /** The limits that keep these apart at `now`. */
  blocking(tickets: readonly Ticket[], now: Millis): Blocking[] {
    const players = tickets.flatMap((ticket) => ticket.players);
    return this.#limits.flatMap((limit) => {
      const opensAt = openingOf(limit, tickets);
      if (opensAt <= now) return [];
      return [{ rule: limit.rule, limit: limit.bound, value: limit.measure(players), opensAt }];
    });
  }

  /** The same without the limits of a rule; `undefined` when none is left. */
  without(rule: string): Limits | undefined {
    const others = this.#limits.filter((limit) => limit.rule !== rule);
    return others.length > 0 ? new Limits(others) : undefined;
  }

  /** The region in which these would play, by the first limit that says one. */
  regionOf(tickets: readonly Ticket[]): string | undefined {
    const players = tickets.flatMap((ticket) => ticket.players);
    for (const { region } of this.#limits) {
      const chosen = region?.(players);
      if (chosen !== undefined) return chosen;
    }
    return undefined;
  }
}

function openingOf({ between, among }: Limit<any>, tickets: readonly Ticket[]): Millis {
  let opensAt = among
    ? instantOf(among(tickets.flatMap(({ players }) => players)))
    : Number.NEGATIVE_INFINITY;
  if (!between) return opensAt;
  for (let first = 0; first < tickets.length; first++) {
    for (let second = first + 1; second < tickets.length; second++) {
      for (const one of (tickets[first] as Ticket).players) {
        for (const other of (tickets[second] as Ticket).players) {
          opensAt = Math.max(opensAt, instantOf(between(one, other)), instantOf(between(other, one)));
        }
      }
    }
  }
  return opensAt;
}

/** Instants with fractions open at the next whole one, because passes are at whole milliseconds. */
function instantOf(opening: Opening): Millis {
  if (typeof opening === "boolean") return opening ? Number.NEGATIVE_INFINITY : Infinity;
  return Math.ceil(opening);
}
