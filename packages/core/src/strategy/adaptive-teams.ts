import type { Millis } from "../clock.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import { AdaptivePools } from "./adaptive-pools.js";
import { AdaptiveSpread } from "./adaptive-spread.js";
import type { Explanation, Proposal, Strategy } from "./strategy.js";
import { explainTeams } from "./team-explain.js";
import type { TeamRule, TeamShape } from "./team-options.js";
import { TeamPass } from "./team-pass.js";

/** `Adaptive` for more than one against one: as `TeamBalance`, with a spread that follows the traffic. */
export class AdaptiveTeams implements Strategy {
  readonly #pools = new AdaptivePools();

  constructor(
    private readonly pointsPerSecond: number,
    private readonly shape: TeamShape,
    private readonly qualityOf: (imbalance: number) => number,
  ) {}

  propose(pool: Pool, now: Millis): Proposal[] {
    const around = this.#pools.of(pool).agenda.due(now);
    return around.size === 0 ? [] : new TeamPass(this.#ruleOf(pool), pool, now).proposals(around);
  }

  nextChange(pool: Pool, now: Millis): Millis {
    return new TeamPass(this.#ruleOf(pool), pool, now).nextOf(this.#pools.of(pool).agenda);
  }

  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    return explainTeams(this, this.#ruleOf(pool), ticket, pool, now);
  }

  #ruleOf(pool: Pool): TeamRule {
    const { players } = this.shape.seats;
    const spread = new AdaptiveSpread(this.pointsPerSecond, players, this.#pools.of(pool).traffic);
    return { ...this.shape, spread, qualityOf: this.qualityOf };
  }
}
