import type { Limit, Limits, Millis, Player, Proposal, Strategy, Ticket } from "@evenmatch/core";
import type fc from "fast-check";
import { changes, type TimedChange } from "../arbitrary/changes.js";
import { pools, type AttributeArbitraries } from "../arbitrary/tickets.js";
import { newSeed, type Seed } from "../random/seeded.js";

/** The form of a strategy's matches. */
export interface TeamShape {
  /** How many teams play; a list where several numbers are allowed. */
  readonly teams: number | readonly number[];
  /** Players of a team. */
  readonly teamSize: number;
}

/** What {@link describeStrategy} takes. */
export interface StrategyOptions<P extends Player = Player> {
  /** Names the group of tests. */
  readonly name: string;
  /** A new strategy, always with the same settings. */
  create(): Strategy<P>;
  readonly shape: TeamShape;
  /** Says what of a proposal the strategy's own rules forbid; adds the law that they hold. */
  forbids?(proposal: Proposal<P>, now: Millis): string | undefined;
  /** Who may not meet whom, as in the `limits` of a queue: all pools have them, and no proposal may break one. */
  readonly limits?: readonly Limit<never>[];
  /**
   * The same strategy with rules of its own lifted, nearly always one, for the law of `explain`; `undefined` for a
   * rule that it does not have. Left out, that law lifts rules of `limits` alone.
   */
  lift?(...rules: string[]): Strategy<P> | undefined;
  /** What generated players carry beside a rating: an arbitrary for each attribute that strategy or limits read. */
  readonly attributes?: AttributeArbitraries<P>;
  /** Pools to ask about; {@link pools} with parties up to what the strategy takes when left out. */
  readonly tickets?: fc.Arbitrary<readonly Ticket<P>[]>;
  /** What happens to a pool; `changes()` when left out. Choose pauses as long as what the strategy waits for. */
  readonly changes?: fc.Arbitrary<readonly TimedChange<P>[]>;
  /** How many generated cases each law is tried on; 100 when left out. */
  readonly numRuns?: number;
  /** Replays a failure; `newSeed()` when left out. */
  readonly seed?: Seed;
  /** With `seed`: goes straight to the smallest failing case that was printed. */
  readonly path?: string;
}

/** A strategy with all that its laws need. */
export interface StrategySubject<P extends Player = Player> {
  /** A new strategy, always with the same settings. */
  create(): Strategy<P>;
  readonly shape: TeamShape;
  /** Says whether a rule of the strategy forbids a proposal. */
  readonly forbids: ((proposal: Proposal<P>, now: Millis) => string | undefined) | undefined;
  /** What all pools have as limits. */
  readonly limits: Limits | undefined;
  /** The names of these limits. */
  readonly limitRules: ReadonlySet<string>;
  /** The same strategy without some of its own rules, where it says how. */
  readonly lift: ((...rules: string[]) => Strategy<P> | undefined) | undefined;
  readonly tickets: fc.Arbitrary<readonly Ticket<P>[]>;
  readonly changes: fc.Arbitrary<readonly TimedChange<P>[]>;
  readonly numRuns: number;
  readonly seed: Seed;
  readonly path: string | undefined;
}

/** Fills in what the options leave out. */
export function strategySubject<P extends Player>(options: StrategyOptions<P>): StrategySubject<P> {
  const { shape, attributes, limits, numRuns = 100, seed = newSeed(), path } = options;
  const maxPartySize = Math.min(shape.teamSize, options.create().maxPartySize ?? 1);
  // Who reads what is checked at each join; here the generated players carry what they should, or the laws fail.
  const checked = limits as readonly Limit[] | undefined;
  const party = { maxPartySize, ...(attributes && { attributes }) };
  return {
    create: () => options.create(),
    shape,
    forbids: options.forbids && ((proposal, now) => options.forbids?.(proposal, now)),
    limits: checked?.[0]?.together(checked),
    limitRules: new Set(limits?.map(({ rule }) => rule)),
    lift: options.lift && ((...rules) => options.lift?.(...rules)),
    tickets: options.tickets ?? pools<P>(party),
    changes: options.changes ?? changes<P>(party),
    numRuns,
    seed,
    path,
  };
}
