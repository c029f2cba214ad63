import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import { enoughFor, widthAfter, type Traffic } from "./adaptive-traffic.js";
import type { SpreadBound, TeamSpread } from "./team-spread.js";

/** What a point of spread may cost each ticket of a match in waiting; found by experiment, for matches of 2 to 10. */
const PATIENCE = 0.7;

/** It is looked ahead until waiting is worth so many times what it is worth now. */
const AHEAD = 2;

/** At how many ratings of a pool a bound is taken. */
const PROBES = 64;

/**
 * How wide the spread of a group may be by what is likely to come: so wide that to save another point of it would cost
 * more waiting than that is worth. One who waits, and could have a spread g, would save H(g) of it if whoever is
 * remembered came by once, as one of two would; a match of more takes as many times longer to come together.
 */
export class AdaptiveSpread implements TeamSpread {
  readonly rule = "pointsPerSecond";
  readonly widest = Infinity;

  constructor(
    private readonly pointsPerSecond: number,
    private readonly players: number,
    private readonly traffic: Traffic,
  ) {}

  at(oldest: Ticket, now: Millis): number {
    const enough = widthAfter(now - oldest.joinedAt, this.pointsPerSecond);
    return Math.max(enough, this.traffic.reach(ratingOf(oldest), this.#worth(now)));
  }

  reaches(oldest: Ticket, width: number, now: Millis): Millis {
    const enough = oldest.joinedAt + enoughFor(width, this.pointsPerSecond);
    const savings = this.traffic.saved(ratingOf(oldest), width);
    const paid = this.traffic.paysUntil(savings / this.#share, this.pointsPerSecond, now);
    // A millisecond early, since what `at` says is rounded otherwise.
    return Math.max(now + 1, Math.floor(Math.min(enough, paid)) - 1);
  }

  lookAhead(_: Ticket, now: Millis): Millis {
    const worth = AHEAD * this.traffic.worth(this.pointsPerSecond, now);
    return Math.max(now + 1, this.traffic.paysUntil(worth, this.pointsPerSecond, now));
  }

  /** Between two ratings it grows by no more than they are apart; so a few of them are a bound for all. */
  boundOf(pool: Pool, now: Millis, isAhead: boolean): SpreadBound {
    const [oldest] = pool;
    if (!oldest) return { widest: 0 };
    const until = isAhead ? this.lookAhead(oldest, now) : now;
    const worth = this.#worth(until);
    const lowest = ratingAfter(pool.ascend());
    const step = (ratingAfter(pool.descend()) - lowest) / PROBES;
    const enough = widthAfter(until - oldest.joinedAt, this.pointsPerSecond);
    const probes = Array.from({ length: PROBES + 1 }, (_, probe) => {
      const reach = this.traffic.reach(lowest + probe * step, worth) + step / 2;
      // A little more, since ratings between the probes are rounded otherwise.
      return Math.max(enough, reach) * (1 + 1e-9);
    });
    const at = (rating: number): number => probes[Math.round((rating - lowest) / step)] ?? Infinity;
    return { widest: Math.max(...probes), at };
  }

  #worth(now: Millis): number {
    return this.#share * this.traffic.worth(this.pointsPerSecond, now);
  }

  /** A match of so many tickets of the usual size. */
  get #share(): number {
    return (PATIENCE * this.players) / this.traffic.meanSize;
  }
}

function ratingAfter(walk: { next(): boolean; readonly rating: number }): number {
  walk.next();
  return walk.rating;
}
