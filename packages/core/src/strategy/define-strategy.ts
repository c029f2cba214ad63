import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import { invalid, objectOf, wholeAtLeast } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { AttributeSchema, Player, PlayerWith } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** The limits of the queue, for a strategy to ask. Where a queue has none, they permit everything. */
export interface QueueLimits {
  /** Whether these tickets may be in one match now. Whoever may not in a small group, may not in a larger one. */
  permits(tickets: readonly Ticket[]): boolean;
  /** From when on they may: `-Infinity` for always, `Infinity` for never. */
  opensAt(tickets: readonly Ticket[]): Millis;
}

/** A strategy as plain functions over the waiting tickets, oldest first. */
export interface StrategyDefinition<Schema extends AttributeSchema> {
  /**
   * Every match the rules and `limits` allow now; no ticket in two. Pure: the same tickets, `now` and answers of
   * `limits`, the same proposals.
   */
  propose: (
    tickets: readonly Ticket<PlayerWith<Schema>>[],
    now: Millis,
    limits: QueueLimits,
  ) => Proposal<PlayerWith<Schema>>[];
  /**
   * The next instant at which `propose` may return something new if nobody joins or leaves; `Infinity` if never. The
   * instants at which a limit opens need not be among them: those that `propose` asked about are known.
   */
  nextChange?: (tickets: readonly Ticket<PlayerWith<Schema>>[], now: Millis, limits: QueueLimits) => Millis;
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
    limits: QueueLimits,
  ) => Explanation;
}

/**
 * Makes a strategy of plain functions. It is asked whenever somebody joins or leaves, and at what `nextChange` or
 * `everyMs` says. Each pass hands over the whole pool, so a pass costs O(n): right for hundreds of tickets, while
 * for many thousands a class over {@link Pool} looks only at what changed.
 *
 * It keeps the limits of its queue by asking its last argument about every group that it has in mind. Where one
 * opens later, the strategy is asked again at that instant: to know it, `propose` runs once more after each pass of
 * a queue with limits, on what is left.
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
    propose: (pool, now) => definition.propose([...pool], now, new LimitsAt(pool.limits, now)),
    nextChange: (pool, now) => {
      const asked = new LimitsAt(pool.limits, now);
      const tickets = [...pool];
      if (pool.limits) definition.propose(tickets, now, asked);
      const own = definition.nextChange
        ? definition.nextChange(tickets, now, asked)
        : pool.size > 0
          ? (Math.floor(now / step) + 1) * step
          : Infinity;
      // Whatever is no number is handed on as it is, for the driver to refuse.
      return asked.next < own ? asked.next : own;
    },
  };
  const { explain } = definition;
  return {
    ...strategy,
    ...(attributes && { attributes }),
    ...(explain && {
      explain: (ticket: Ticket<P>, pool: Pool<P>, now: Millis) =>
        explain(ticket, [...pool], now, new LimitsAt(pool.limits, now)),
    }),
  };
}

/** Limits at an instant, which remember the next instant at which one of their answers changes. */
class LimitsAt implements QueueLimits {
  next = Infinity;

  constructor(
    private readonly limits: Limits | undefined,
    private readonly now: Millis,
  ) {}

  readonly permits = (tickets: readonly Ticket[]): boolean => this.opensAt(tickets) <= this.now;

  readonly opensAt = (tickets: readonly Ticket[]): Millis => {
    const opensAt = this.limits?.among(tickets) ?? Number.NEGATIVE_INFINITY;
    if (opensAt > this.now) this.next = Math.min(this.next, opensAt);
    return opensAt;
  };
}

/** The players that a strategy is written for. */
export type PlayerOf<S> = S extends Strategy<infer P extends Player> ? P : never;
