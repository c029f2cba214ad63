import type { Millis } from "../clock.js";
import { invalid, objectOf, wholeAtLeast } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { AttributeSchema, Player, PlayerWith } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** A strategy as plain functions over the waiting tickets, oldest first. */
export interface StrategyDefinition<Schema extends AttributeSchema> {
  /** Every match the rules allow now; no ticket in two. Pure: the same tickets and `now`, the same proposals. */
  propose: (tickets: readonly Ticket<PlayerWith<Schema>>[], now: Millis) => Proposal<PlayerWith<Schema>>[];
  /** The next instant at which `propose` may return something new if nobody joins or leaves; `Infinity` if never. */
  nextChange?: (tickets: readonly Ticket<PlayerWith<Schema>>[], now: Millis) => Millis;
  /** In place of `nextChange`: ask every so many milliseconds while anyone waits, at whole multiples of them. */
  everyMs?: Millis;
  /** The attributes that `propose` reads, by name and type. */
  attributes?: Schema;
  /** The largest party it can place; 1 when left out. */
  maxPartySize?: number;
  /** Why a waiting ticket is not matched yet; left out where the strategy cannot say. */
  explain?: (
    ticket: Ticket<PlayerWith<Schema>>,
    tickets: readonly Ticket<PlayerWith<Schema>>[],
    now: Millis,
  ) => Explanation;
}

/**
 * Makes a strategy of plain functions. It is asked whenever somebody joins or leaves, and at what `nextChange` or
 * `everyMs` says. Each pass hands over the whole pool, so a pass costs O(n): right for hundreds of tickets, while
 * for many thousands a class over {@link Pool} looks only at what changed.
 *
 * Throws `INVALID_OPTIONS` for an option of the wrong type, or when both `nextChange` and `everyMs` are given.
 *
 * @example
 * ```ts
 * import { defineStrategy } from "@evenmatch/core";
 *
 * const sameRole = defineStrategy({
 *   attributes: { role: "string" },
 *   propose(tickets) {
 *     const alone = new Map<string | undefined, (typeof tickets)[number]>();
 *     return tickets.flatMap((ticket) => {
 *       const role = ticket.players[0]?.attributes.role;
 *       const other = alone.get(role);
 *       if (other) alone.delete(role);
 *       else alone.set(role, ticket);
 *       return other ? [{ teams: [[other], [ticket]], quality: 1 }] : [];
 *     });
 *   },
 * });
 * ```
 */
export function defineStrategy<const Schema extends AttributeSchema = AttributeSchema>(
  // What a strategy reads follows from `attributes` alone, not from where the strategy or its functions are used.
  definition: StrategyDefinition<NoInfer<Schema>> & { attributes?: Schema },
): Strategy<PlayerWith<NoInfer<Schema>>> {
  const known = ["propose", "nextChange", "everyMs", "attributes", "maxPartySize", "explain"];
  objectOf("defineStrategy", definition, known);
  const { everyMs, attributes, maxPartySize = 1 } = definition;
  for (const name of ["propose", "nextChange", "explain"] as const) {
    const given = definition[name];
    if (typeof given === "function" || (given === undefined && name !== "propose")) continue;
    throw invalid("INVALID_OPTIONS", `${name} is a function`, given, `Pass a function as ${name}.`);
  }
  if (everyMs !== undefined && definition.nextChange) {
    throw invalid(
      "INVALID_OPTIONS",
      "nextChange and everyMs exclude each other",
      everyMs,
      "Leave one of them out.",
    );
  }
  const step = everyMs === undefined ? Infinity : wholeAtLeast(1, "everyMs", everyMs);
  type P = PlayerWith<Schema>;
  const strategy: Strategy<P> = {
    maxPartySize: wholeAtLeast(1, "maxPartySize", maxPartySize),
    propose: (pool, now) => definition.propose([...pool], now),
    nextChange: (pool, now) => {
      if (definition.nextChange) return definition.nextChange([...pool], now);
      return pool.size > 0 && step < Infinity ? (Math.floor(now / step) + 1) * step : Infinity;
    },
  };
  const { explain } = definition;
  return {
    ...strategy,
    ...(attributes && { attributes }),
    ...(explain && {
      explain: (ticket: Ticket<P>, pool: Pool<P>, now: Millis) => explain(ticket, [...pool], now),
    }),
  };
}

/** The players that a strategy is written for. */
export type PlayerOf<S> = S extends Strategy<infer P extends Player> ? P : never;
