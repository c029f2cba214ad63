import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { AdaptiveMoment } from "./adaptive-moment.js";
import { meetNeighbours } from "./adaptive-pass.js";
import { AdaptivePools } from "./adaptive-pools.js";
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
    const proposals: Proposal[] = [];
    meetNeighbours(pool, due, this.#momentOf(pool, now), (low, high, gap) => {
      proposals.push({ teams: [[low], [high]], quality: this.qualityOf(gap) });
    });
    return proposals;
  }

  nextChange(pool: Pool, now: Millis): Millis {
    const moment = this.#momentOf(pool, now);
    const { agenda } = this.#pools.of(pool);
    const hidden: Ticket[] = [];
    const [oldest] = pool.limits ? pool : [];
    const changesAt = agenda.next(now, (ticket) => {
      let next = Infinity;
      for (const isUp of [true, false]) {
        const { other, opensAt } = moment.nearest(pool, ticket, isUp);
        let at = other ? moment.timeOf(moment.neighbours(ticket, other)) : Infinity;
        if (at <= now && moment.nearest(pool, other!, !isUp).other !== ticket) {
          hidden.push(ticket);
          at = Infinity;
        }
        // Whoever is further away and old may be kept from it by this one alone, and nobody else would see it go.
        else if (other && at > moment.timeByAge(oldest ?? ticket, ticket, other)) hidden.push(ticket);
        next = Math.min(next, at, opensAt);
      }
      return Math.max(next, now + 1);
    });
    // Their time has come, but the other could meet somebody nearer: only a change can help, and that brings a pass.
    for (const ticket of hidden) agenda.again(ticket);
    return changesAt;
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
