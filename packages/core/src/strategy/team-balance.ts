import type { Millis } from "../clock.js";
import { invalid, objectOf } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { Agendas } from "./agenda.js";
import { evenness } from "./evenness.js";
import type { Explanation, Proposal, QueueTimes, Strategy } from "./strategy.js";
import { explainTeams } from "./team-explain.js";
import {
  checkedRelaxation,
  checkedShape,
  SHAPE,
  type TeamBalanceOptions,
  type TeamRule,
} from "./team-options.js";
import { keptShapes, TeamPass } from "./team-pass.js";
import { RelaxingSpread } from "./team-spread.js";

/**
 * Even teams: `teams` × `teamSize`, parties kept whole, nobody further apart than `maxRatingSpread`.
 *
 * 1. The spread of a group is its highest rating minus its lowest, of tickets: a party has the mean of its players'
 *    ratings, since they chose each other. A group is allowed while its spread is no more than `maxRatingSpread`; where
 *    that is a {@link Relaxation}, the wait of the oldest ticket of the group counts.
 * 2. Go through the pool by age. A ticket fits when there is an allowed group with it and those who are left. The
 *    group that forms has the smallest spread of these; of several that, the one with the oldest members, compared
 *    oldest first, then by id.
 * 3. The group is split: of all ways to deal its tickets to full teams one with the least cost. That is how far apart
 *    the highest and the lowest mean rating of a team are, and `uncertaintyWeight` times the same of the mean deviations.
 * 4. Go on with who is left, until nobody fits.
 *
 * With limits of the queue, the groups are those whose members may all meet; this is exact for up to 2,000 partial
 * groups around a ticket and 20,000 in a pass, and what is found until then beyond. Splits are exact for two teams of up to 8, three of up
 * to 4 and five of 2, and the best of 25,000 partial splits beyond.
 *
 * Cost of a join: O(log n + w · k log k) for a match of k players and w tickets within reach of the one that joined,
 * few where groups form at once. A pass over a pool where all is new: O(n · k log k), O(n · k) for single players.
 *
 * Quality: `1 − imbalance ÷ spread`, where the imbalance is how far apart the teams' mean ratings are, and the spread
 * is what the group was allowed when it formed; 1 for even teams.
 *
 * @example
 * ```ts
 * import { Matchmaker, Relaxation, TeamBalance } from "@evenmatch/core";
 *
 * const maxRatingSpread = Relaxation.line({ from: 100, to: 400, overMs: 60_000 });
 * const matchmaker = new Matchmaker({
 *   queues: {
 *     duo: new TeamBalance({ teams: 2, teamSize: 2, maxRatingSpread: 200 }),
 *     ranked: new TeamBalance({ teams: 2, teamSize: 5, maxRatingSpread, uncertaintyWeight: 0.5 }),
 *   },
 * });
 * ```
 */
export class TeamBalance implements Strategy {
  readonly maxPartySize: number;
  readonly partySizes: readonly number[];
  readonly #rule: TeamRule;
  readonly #widensAt: Millis;
  readonly #agendas = new Agendas<Player>();
  /** See {@link keptShapes}. */
  readonly #kept: readonly unknown[];

  /**
   * Throws `INVALID_OPTIONS` for an option of the wrong type or out of range, for a team of one against nobody, and
   * for `partySizes` of which one can be in no full team.
   */
  constructor(options: TeamBalanceOptions) {
    const given = objectOf("TeamBalance", options, [...SHAPE, "maxRatingSpread"]);
    const relaxation = checkedRelaxation(given["maxRatingSpread"]);
    this.#widensAt = relaxation.widensAt;
    this.#rule = { ...checkedShape(given), spread: new RelaxingSpread(relaxation), qualityOf: evenness };
    this.partySizes = this.#rule.partySizes;
    this.maxPartySize = Math.max(...this.partySizes);
    this.#kept = keptShapes(this.#rule);
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    const around = this.#changesWithTime(pool) ? this.#agendas.of(pool).due(now) : pool.dirty;
    if (around.size === 0) return [];
    return new TeamPass(this.#rule, pool, now).proposals(around);
  }

  nextChange(pool: Pool, now: Millis): Millis {
    if (!this.#changesWithTime(pool)) return Infinity;
    return new TeamPass(this.#rule, pool, now).nextOf(this.#agendas.of(pool));
  }

  /** Throws `INVALID_OPTIONS` where tickets end before the spread widens for the first time. */
  checkQueue({ ticketTtlMs }: QueueTimes): void {
    const widensAt = this.#widensAt;
    if (widensAt === Infinity || widensAt <= ticketTtlMs) return;
    throw invalid(
      "INVALID_OPTIONS",
      `maxRatingSpread widens before a ticket ends, and it first does after a wait of ${widensAt} ms`,
      ticketTtlMs,
      "Set ticketTtlMs higher, or let maxRatingSpread widen sooner.",
    );
  }

  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    return explainTeams(this, this.#rule, ticket, pool, now);
  }

  /** Without limits and with a spread that never widens, nothing new is allowed while nobody comes. */
  #changesWithTime(pool: Pool): boolean {
    return pool.limits !== undefined || this.#widensAt < Infinity;
  }
}
