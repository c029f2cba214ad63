import type { Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import type { Blocking } from "../strategy/explanation.js";
import { pairUp } from "../strategy/pairing.js";
import { PairsWithin } from "../strategy/pairs-within.js";
import type { AttributeSchema, Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { checkTogether } from "./check-together.js";

/** From when on players may be in one match: always (`true`), never (`false`), or from an instant of match time. */
export type Opening = boolean | Millis;

/** Who may not meet whom in a queue, whatever its strategy. Made by {@link defineLimit} or a function that uses it. */
export interface Limit<P extends Player = Player> {
  /** Its name in explanations. */
  readonly rule: string;
  /** What it reads of a player, by name and type. */
  readonly attributes: AttributeSchema;
  /** Whether two players of different tickets may be in one match. */
  readonly between: ((one: P, other: P) => Opening) | undefined;
  /** Whether these players, all of a match, may be in one. */
  readonly among: ((players: readonly P[]) => Opening) | undefined;
  /** Where these players would play. */
  readonly region: ((players: readonly P[]) => string | undefined) | undefined;
  /** What an explanation states as the limit. */
  readonly bound: number;
  /** What an explanation states as the value that these players have. */
  readonly measure: (players: readonly P[], now: Millis) => number;
  /** The rule of a limit that nobody could meet together with this one. */
  readonly contradicts: string | undefined;
  /**
   * Puts limits together, after the check that a queue can have them side by side: `of` names it in errors, and
   * `read` are the attributes that its strategy reads. Limits bring the code that keeps them, so that whoever has
   * none does not carry it.
   */
  readonly together: (limits: readonly Limit<any>[], of?: string, read?: AttributeSchema) => Limits;
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

  /** Throws `INVALID_OPTIONS` for limits that cannot be kept side by side. */
  constructor(limits: readonly Limit<any>[], of = "limits", read: AttributeSchema = {}) {
    this.attributes = checkTogether(limits, of, read);
    this.#limits = limits;
  }

  /** What `OneVsOne` does under these limits: it comes with them, so that whoever has none does not carry it. */
  pairsWithin(reach: number): PairsWithin {
    return new PairsWithin((one, other) => this.between(one, other), reach);
  }

  /** From when on these two may be in one match. */
  between(one: Ticket, other: Ticket): Millis {
    let opensAt = Number.NEGATIVE_INFINITY;
    let players: readonly Player[] | undefined;
    for (const limit of this.#limits) {
      if (limit.between) opensAt = Math.max(opensAt, openingOfTwo(limit, one, other));
      if (opensAt === Infinity) break;
      if (limit.among) {
        players ??= [...one.players, ...other.players];
        opensAt = Math.max(opensAt, instantOf(limit, limit.among(players)));
      }
      if (opensAt === Infinity) break;
    }
    return opensAt;
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

  /** The same, where it has been asked of any two of them: no pair is asked about again. */
  beyondPairs(tickets: readonly Ticket[]): Millis {
    let opensAt = Number.NEGATIVE_INFINITY;
    let players: readonly Player[] | undefined;
    for (const limit of this.#limits) {
      if (!limit.among) continue;
      players ??= playersIn(tickets);
      opensAt = Math.max(opensAt, instantOf(limit, limit.among(players)));
    }
    return opensAt;
  }

  /** The limits that keep these apart at `now`. */
  blocking(tickets: readonly Ticket[], now: Millis): Blocking[] {
    const found: Blocking[] = [];
    for (const limit of this.#limits) {
      if (openingOf(limit, tickets) <= now) continue;
      const value = limit.measure(lastToOpen(limit, tickets), now);
      found.push({ rule: limit.rule, limit: limit.bound, value });
    }
    return found;
  }

  /** The same without the limits of a rule; `undefined` when none is left. */
  without(rule: string): Limits | undefined {
    const others = this.#limits.filter((limit) => limit.rule !== rule);
    return others.length > 0 ? new Limits(others) : undefined;
  }

  /** The region in which these would play, by the limit that says it. */
  regionOf(tickets: readonly Ticket[]): string | undefined {
    const players = playersIn(tickets);
    const placing = this.#limits.find(({ region }) => region);
    const chosen: unknown = placing?.region?.(players);
    if (chosen === undefined || typeof chosen === "string") return chosen;
    throw failed(`the region of the limit ${placing?.rule} is a text`, chosen);
  }
}

function openingOf(limit: Limit<any>, tickets: readonly Ticket[]): Millis {
  let opensAt = Number.NEGATIVE_INFINITY;
  // Limits are about somebody: where nobody is, none stands in the way.
  if (limit.among && tickets.length > 0) opensAt = instantOf(limit, limit.among(playersIn(tickets)));
  if (!limit.between) return opensAt;
  for (let first = 0; first < tickets.length; first++) {
    for (let second = first + 1; second < tickets.length; second++) {
      if (opensAt === Infinity) return opensAt;
      opensAt = Math.max(opensAt, openingOfTwo(limit, tickets[first] as Ticket, tickets[second] as Ticket));
    }
  }
  return opensAt;
}

/** From when on a limit between players lets these two tickets be in one match. */
function openingOfTwo(limit: Limit<any>, one: Ticket, other: Ticket): Millis {
  // Nearly all tickets are one player, and strategies ask about very many pairs.
  if (one.players.length === 1 && other.players.length === 1)
    return openingOfPlayers(limit, one.players[0] as Player, other.players[0] as Player);
  let opensAt = Number.NEGATIVE_INFINITY;
  for (const player of one.players) {
    for (const opponent of other.players) {
      opensAt = Math.max(opensAt, openingOfPlayers(limit, player, opponent));
      if (opensAt === Infinity) return opensAt;
    }
  }
  return opensAt;
}

function openingOfPlayers(limit: Limit<any>, one: Player, other: Player): Millis {
  const { between } = limit;
  if (!between) return Number.NEGATIVE_INFINITY;
  const opensAt = instantOf(limit, between(one, other));
  return opensAt === Infinity ? opensAt : Math.max(opensAt, instantOf(limit, between(other, one)));
}

/** Whom a limit keeps apart the longest: two players of different tickets, or all of them where it is about all. */
function lastToOpen(limit: Limit<any>, tickets: readonly Ticket[]): readonly Player[] {
  const everybody = playersIn(tickets);
  let found = everybody;
  let latest = limit.among ? instantOf(limit, limit.among(everybody)) : Number.NEGATIVE_INFINITY;
  for (const [place, { players }] of tickets.entries()) {
    for (const other of playersIn(tickets.slice(place + 1))) {
      for (const one of players) {
        const opensAt = openingOfPlayers(limit, one, other);
        if (opensAt <= latest) continue;
        latest = opensAt;
        found = [one, other];
      }
    }
  }
  return found;
}

function playersIn(tickets: readonly Ticket[]): readonly Player[] {
  return tickets.flatMap(({ players }) => players);
}

/** Instants with fractions open at the next whole one, because passes are at whole milliseconds. */
function instantOf({ rule }: Limit<any>, opening: Opening): Millis {
  if (opening === true) return Number.NEGATIVE_INFINITY;
  if (opening === false) return Infinity;
  const instant = Math.ceil(opening);
  if (typeof opening === "number" && !Number.isNaN(instant)) return instant;
  // No answer must not pass for a yes: a block list that does not block is worse than none.
  throw failed(`the limit ${rule} says true, false, or an instant`, opening);
}

function failed(rule: string, received: unknown): EvenmatchError {
  return new EvenmatchError("STRATEGY_FAILED", {
    rule,
    received,
    remedy: "Mend the limit; its queue waits.",
  });
}
