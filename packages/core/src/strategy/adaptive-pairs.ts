import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { AdaptiveMoment } from "./adaptive-moment.js";
import { adaptivePairs } from "./adaptive-pass.js";
import { AdaptivePools } from "./adaptive-pools.js";
import { duelOf } from "./couple.js";
import { explainPair } from "./explain-pair.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";

/** `Adaptive` for one against one. */
export class AdaptivePairs implements Strategy {
  readonly #pools = new AdaptivePools();

  constructor(
    private readonly pointsPerSecond: number,
    private readonly qualityOf: (gap: number) => number,
  ) {}

  propose(pool: Pool, now: Millis): Proposal[] {
    const due = this.#pools.of(pool).agenda.due(now);
    return adaptivePairs(pool, due, this.#momentOf(pool, now)).map((couple) => {
      return duelOf(couple, this.qualityOf(couple.gap));
    });
  }

  nextChange(pool: Pool, now: Millis): Millis {
    const moment = this.#momentOf(pool, now);
    return this.#pools.of(pool).agenda.next(now, (ticket) => {
      let next = Infinity;
      for (const walk of [pool.ascend(ticket), pool.descend(ticket)]) {
        const { other, opensAt } = moment.nearest(ticket, walk);
        const at = other ? moment.timeOf(moment.neighbours(ticket, other)) : Infinity;
        next = Math.min(next, at, opensAt);
      }
      return Math.max(next, now + 1);
    });
  }

  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    const moment = this.#momentOf(pool, now);
    return explainPair(this, ticket, pool, now, {
      reach: Infinity,
      blocking: (other, gap) => {
        const neighbours = moment.neighbours(ticket, other);
        if (moment.isTime(neighbours)) return undefined;
        return { rule: "pointsPerSecond", limit: moment.allowed(neighbours), value: gap };
      },
    });
  }

  #momentOf(pool: Pool, now: Millis): AdaptiveMoment {
    return new AdaptiveMoment(this.pointsPerSecond, this.#pools.of(pool).traffic, pool.limits, now);
  }
}
