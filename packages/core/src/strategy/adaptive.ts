import type { Millis } from "../clock.js";
import { check, objectOf } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { AdaptivePairs } from "./adaptive-pairs.js";
import { AdaptiveTeams } from "./adaptive-teams.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";
import { checkedShape, SHAPE } from "./team-options.js";

/** The rule of {@link Adaptive}; 1v1 where the teams are left out. */
export interface AdaptiveOptions {
  /** What a second of one player's waiting is worth, in rating points of the gap they get for it. */
  readonly pointsPerSecond: number;
  /** How many teams play a match; 2 when left out. */
  readonly teams?: number;
  /** How many players a team has; 1 when left out. */
  readonly teamSize?: number;
  /** As in {@link TeamBalanceOptions}: how much unevenly shared uncertainty counts when a group is split; 0 by default. */
  readonly uncertaintyWeight?: number;
  /** Which sizes of parties may join; every size from 1 to `teamSize` by default. */
  readonly partySizes?: readonly number[];
}

/** A gap worth so many seconds of waiting is half even. */
const HALF_EVEN_SECONDS = 10;

/**
 * Close matches for one number, what waiting is worth: how far apart players may be follows from how many come, how
 * fast, and with which ratings. Where and when many play, only close ones meet; where few do, nobody waits in vain.
 *
 * The price of waiting grows by the second and does not depend on how long somebody has waited. So what counts is
 * what waiting on would bring, and those who wait meet as soon as that is less than it costs. For one against one:
 *
 * 1. The ratings of the last 512 arrivals are a sample of who will come. If they all came by once, somebody of rating x
 *    with an opponent at distance g would save H(x) = Σ max(0, g − |x − y|) points over the ratings y.
 * 2. Arrivals come at a rate λ: that of the last 40, or less in a silence that is longer than 5 would take. So x saves a
 *    point in N ÷ (λ H(x)) seconds, where N are remembered.
 * 3. Two meet when these seconds, the mean of both, times `pointsPerSecond` are 0.8 or more: another point would cost as
 *    much. Also when the older one has waited for twice the gap's worth: they are rare, and it was enough.
 * 4. Of those who may meet, those with the least to save come first. On a tie: the smaller gap, then the older.
 *
 * The two nearest to each other always save least, so neighbours suffice; with limits, two of whom neither could
 * meet somebody nearer on that side. When the silence has lasted long enough for two is computed, not polled for.
 *
 * For `teams` × `teamSize` groups form as in {@link TeamBalance}, oldest first and each with the smallest spread g, which is
 * allowed while H(x) of its oldest ticket is at most `pointsPerSecond` · N ÷ λ times 0.7 of the number of tickets that make a
 * match, or when the oldest has waited for twice its worth. A match of more takes as many times longer to come together.
 *
 * Cost of a join: O(log n + d) for d remembered around it, and with every 64th O(n) to look at all again; with limits,
 * the questions to them until the nearest permitted; with teams, that of {@link TeamBalance}. Of what is remembered a new
 * owner of the pool knows only who waits, and learns the rest again.
 *
 * Quality: 1 ÷ (1 + gap ÷ (10 · `pointsPerSecond`)): 1 for equals, ½ for a gap that is worth ten seconds. The gap is that
 * of the teams' mean ratings.
 *
 * The problem is matching with delays, after Y. Emek, S. Kutten and R. Wattenhofer, "Online matching: haste makes waste!" (STOC
 * 2016). The rule was found by experiment; it compares what an arrival is expected to save, as in the optimal stopping of a search.
 *
 * @example
 * ```ts
 * import { Adaptive, Matchmaker } from "@evenmatch/core";
 *
 * // Half a minute of waiting is well spent on a match that is 300 points closer.
 * const matchmaker = new Matchmaker({
 *   queues: {
 *     classic: new Adaptive({ pointsPerSecond: 10 }),
 *     squads: new Adaptive({ pointsPerSecond: 10, teams: 2, teamSize: 5 }),
 *   },
 * });
 * ```
 */
export class Adaptive implements Strategy {
  readonly maxPartySize: number;
  readonly partySizes: readonly number[];
  readonly #inner: Required<Pick<Strategy, "propose" | "nextChange" | "explain">>;

  /**
   * Throws `INVALID_OPTIONS` when `pointsPerSecond` is not a finite number above 0, for another option of the wrong type or out
   * of range, and for `partySizes` of which one can be in no full team.
   */
  constructor(options: AdaptiveOptions) {
    const given = objectOf("Adaptive", options, ["pointsPerSecond", ...SHAPE]);
    const { teams = 2, teamSize = 1 } = given;
    const price = given["pointsPerSecond"] as number;
    check(Number.isFinite(price) && price > 0, "pointsPerSecond", "a finite number above 0", price);
    const shape = checkedShape({ ...given, teams, teamSize });
    // Means of teams may be beyond all numbers, and then nobody knows how far apart they are.
    const qualityOf = (gap: number): number => 1 / (1 + gap / (HALF_EVEN_SECONDS * price)) || 0;
    this.partySizes = shape.partySizes;
    this.maxPartySize = Math.max(...shape.partySizes);
    this.#inner =
      shape.seats.players === 2 && teams === 2
        ? new AdaptivePairs(price, qualityOf)
        : new AdaptiveTeams(price, shape, qualityOf);
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    return this.#inner.propose(pool, now);
  }

  /** When a silence has lasted long enough for a group, one has waited enough, or a limit gives way. */
  nextChange(pool: Pool, now: Millis): Millis {
    return this.#inner.nextChange(pool, now);
  }

  /** Why a ticket waits: to wait on still pays (`pointsPerSecond`), a limit, or too few others are there. */
  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    return this.#inner.explain(ticket, pool, now);
  }
}
