import type { Millis, Player, Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { BUILT_AT } from "./build.js";
import { grownTicket, ticketSeeds, type TicketOptions, type TicketSeed } from "./tickets.js";

/**
 * What happens to a pool at an instant.
 *
 * | type | meaning |
 * |---|---|
 * | joined | a ticket joins |
 * | left | a ticket leaves, if it still waits |
 * | refused | of the proposals under way one falls through: its tickets come back, but for the first where `drops` |
 * | passed | nothing but time |
 */
export type TimedChange<P extends Player = Player> = { readonly at: Millis } & (
  | { readonly type: "joined"; readonly ticket: Ticket<P> }
  | { readonly type: "left"; readonly ticketId: string }
  | { readonly type: "refused"; readonly nth: number; readonly drops: boolean }
  | { readonly type: "passed" }
);

/** What kind of changes to generate. */
export interface ChangeOptions<P extends Player = Player> extends Omit<
  TicketOptions<P>,
  "withinMs" | "maxTickets"
> {
  /** At most so many changes; 24 when left out. */
  readonly maxChanges?: number;
  /** The longest time between two changes; 200 ms when left out. Laws ask at each millisecond between them. */
  readonly maxPauseMs?: Millis;
  /** Some tickets expire within so many milliseconds of joining; `maxPauseMs` when left out. */
  readonly expireWithinMs?: Millis;
}

interface Draft<P extends Player> {
  readonly pause: Millis;
  readonly kind: "joined" | "left" | "refused" | "passed";
  readonly seed: TicketSeed<P>;
  readonly nth: number;
  readonly drops: boolean;
  readonly expiresIn: Millis;
}

/** Sequences of changes in the order of time, with many at one instant; more join than leave. */
export function changes<P extends Player = Player>(
  options: ChangeOptions<P> = {},
): fc.Arbitrary<TimedChange<P>[]> {
  const { maxChanges = 24, maxPauseMs = 200, expireWithinMs = maxPauseMs } = options;
  const draft: fc.Arbitrary<Draft<P>> = fc.record({
    pause: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: Math.min(20, maxPauseMs) }) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: maxPauseMs }) },
    ),
    kind: fc.oneof(
      { weight: 7, arbitrary: fc.constant("joined" as const) },
      { weight: 2, arbitrary: fc.constant("left" as const) },
      { weight: 2, arbitrary: fc.constant("refused" as const) },
      { weight: 1, arbitrary: fc.constant("passed" as const) },
    ),
    seed: ticketSeeds(options),
    nth: fc.nat(99),
    drops: fc.boolean(),
    expiresIn: fc.oneof(
      { weight: 5, arbitrary: fc.constant(Infinity) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: expireWithinMs }) },
    ),
  });
  return fc.array(draft, { maxLength: maxChanges, size: "max" }).map((drafts) => inTime(drafts, options));
}

function inTime<P extends Player>(drafts: readonly Draft<P>[], options: ChangeOptions<P>): TimedChange<P>[] {
  const { pool = { queue: "classic", region: "eu" }, from = BUILT_AT } = options;
  const joined: Ticket<P>[] = [];
  let at = from;
  return drafts.map(({ pause, kind, seed, nth, drops, expiresIn }) => {
    at += pause;
    if (kind === "refused") return { type: kind, at, nth, drops };
    if (kind === "left" && joined.length > 0) {
      return { type: kind, at, ticketId: (joined[nth % joined.length] as Ticket<P>).id };
    }
    if (kind !== "joined") return { type: "passed", at };
    const ticket = grownTicket(seed, joined.length, pool, {
      joinedAt: at,
      ...(expiresIn < Infinity && { expiresAt: at + expiresIn }),
    });
    joined.push(ticket);
    return { type: kind, at, ticket };
  });
}
