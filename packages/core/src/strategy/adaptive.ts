import type { Millis } from "../clock.js";
import { check, objectOf } from "../options.js";
import type { Pool, Waiting } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { AdaptiveMoment } from "./adaptive-moment.js";
import { adaptivePairs } from "./adaptive-pass.js";
import { Traffic } from "./adaptive-traffic.js";
import { Agenda } from "./agenda.js";
import { duelOf } from "./couple.js";
import { explainPair } from "./explain-pair.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** The rule of {@link Adaptive}. */
export interface AdaptiveOptions {
  /** What a second of one player's waiting is worth, in rating points of the gap they get for it. */
  readonly pointsPerSecond: number;
}

/** A gap worth so many seconds of waiting is half even. */
const HALF_EVEN_SECONDS = 10;

/** What is known of a pool. */
interface Known {
  readonly traffic: Traffic;
  agenda: Agenda<Player>;
}

/**
 * 1v1 with nothing to tune: how far apart two may be follows from how many come, how fast, and with which ratings. Where
 * and when many play, only close ones meet; where few do, nobody waits in vain.
 *
 * The price of waiting grows by the second and does not depend on how long somebody has waited. So what counts is
 * what waiting on would bring, and two who wait meet as soon as that is less than it costs:
 *
 * 1. The ratings of the last 512 arrivals are a sample of who will come. If they all came by once, somebody of rating x
 *    with an opponent at distance g would save H(x) = Σ max(0, g − |x − y|) points over the ratings y.
 * 2. Arrivals come at a rate λ: that of the last 40, or less in a silence that is longer than 5 would take. So x saves a
 *    point in N ÷ (λ H(x)) seconds, where N are remembered.
 * 3. Two meet when these seconds, the mean of both, times `pointsPerSecond` are 0.8 or more: another point would cost as
 *    much. Also when the older one has waited for twice the gap's worth: they are rare, and it was enough.
 * 4. Of those who may meet, those with the least to save come first. On a tie: the smaller gap, then the older.
 *
 * The two nearest to each other always save least, so neighbours suffice; with limits, the nearest who may meet. When
 * the silence has lasted long enough for two is computed, not polled for.
 *
 * Cost of a join: O(log n + d) for d remembered around it, and with every 64th O(n) to look at all again; with limits,
 * the questions to them until the nearest permitted. Of what is remembered a new owner of the pool knows only who waits, and
 * learns the rest again.
 *
 * Quality: 1 ÷ (1 + gap ÷ (10 · `pointsPerSecond`)): 1 for equals, ½ for a gap that is worth ten seconds.
 *
 * The problem is matching with delays, after Y. Emek, S. Kutten and R. Wattenhofer, "Online matching: haste makes waste!" (STOC
 * 2016). The rule was found by experiment; it compares what an arrival is expected to save, as in the optimal stopping of a search.
 *
 * @example
 * ```ts
 * import { Adaptive, Matchmaker } from "@evenmatch/core";
 *
 * // Half a minute of waiting is well spent on a match that is 300 points closer.
 * const matchmaker = new Matchmaker({ queues: { classic: new Adaptive({ pointsPerSecond: 10 }) } });
 * ```
 */
export class Adaptive implements Strategy {
  readonly maxPartySize = 1;
  readonly #pointsPerSecond: number;
  readonly #pools = new WeakMap<Waiting, Known>();

  /** Throws `INVALID_OPTIONS` when `pointsPerSecond` is not a finite number above 0. */
  constructor(options: AdaptiveOptions) {
    const { pointsPerSecond } = objectOf("Adaptive", options, ["pointsPerSecond"]);
    const isPrice = Number.isFinite(pointsPerSecond) && (pointsPerSecond as number) > 0;
    check(isPrice, "pointsPerSecond", "a finite number above 0", pointsPerSecond);
    this.#pointsPerSecond = pointsPerSecond as number;
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    const { agenda, moment } = this.#at(pool, now);
    return adaptivePairs(pool, agenda.due(now), moment).map((couple) => {
      return duelOf(couple, 1 / (1 + couple.gap / (HALF_EVEN_SECONDS * this.#pointsPerSecond)));
    });
  }

  /** When a silence has lasted long enough for two neighbours, one has waited enough, or a limit gives way. */
  nextChange(pool: Pool, now: Millis): Millis {
    const { agenda, moment } = this.#at(pool, now);
    return agenda.next(now, (ticket) => {
      let next = Infinity;
      for (const walk of [pool.ascend(ticket), pool.descend(ticket)]) {
        const { other, opensAt } = moment.nearest(ticket, walk);
        const at = other ? moment.timeOf(moment.neighbours(ticket, other)) : Infinity;
        next = Math.min(next, at, opensAt);
      }
      return Math.max(next, now + 1);
    });
  }

  /** Why a ticket waits: to wait on still pays (`pointsPerSecond`), a limit, or that nobody else is there. */
  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    const { moment } = this.#at(pool, now);
    return explainPair(this, ticket, pool, now, {
      reach: Infinity,
      blocking: (other, gap) => {
        const neighbours = moment.neighbours(ticket, other);
        if (moment.isTime(neighbours)) return undefined;
        return { rule: "pointsPerSecond", limit: moment.allowed(neighbours), value: gap };
      },
    });
  }

  #at(pool: Pool, now: Millis): { readonly agenda: Agenda<Player>; readonly moment: AdaptiveMoment } {
    let known = this.#pools.get(pool);
    if (!known) this.#pools.set(pool, (known = { traffic: new Traffic(), agenda: new Agenda(pool) }));
    // With another memory everybody's time may come sooner.
    if (known.traffic.read(pool)) known.agenda = new Agenda(pool);
    return {
      agenda: known.agenda,
      moment: new AdaptiveMoment(this.#pointsPerSecond, known.traffic, pool.limits, now),
    };
  }
}
