import type { Millis } from "../clock.js";
import { invalid, objectOf, oneOf, optionalMillis } from "../options.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { Agendas } from "./agenda.js";
import { explainPair } from "./explain-pair.js";
import { checkedSteps, Relaxation } from "./relaxation.js";
import { WaitingGap, type CountedWait } from "./relaxing-blitz-gap.js";
import { BlitzMoment } from "./relaxing-blitz-moment.js";
import { BlitzPass } from "./relaxing-blitz-pass.js";
import type { Explanation, Proposal, QueueTimes, Strategy } from "./strategy.js";

/** The rule of {@link RelaxingBlitz}; the gap is given as numbers, or as a {@link Relaxation}. */
export type RelaxingBlitzOptions = (SteppedGap | RelaxedGap) & {
  /** Whose wait widens the gap between two; each side's own when left out, `"both"`. */
  readonly wait?: CountedWait;
  /** Who has waited so long meets the closest there is, whatever the gap; nobody does when left out. */
  readonly forceAfterMs?: Millis;
};

/** A gap that widens in steps. */
export interface SteppedGap {
  /** Two may meet at once when their ratings differ by no more than this, in rating points. */
  readonly ratingGap: number;
  /** How many points each step adds. */
  readonly widenBy: number;
  /** How long a step lasts, in milliseconds. */
  readonly widenEveryMs: Millis;
  /** The gap gets no wider than this; it has no bound when left out. */
  readonly upTo?: number;
}

/** A gap that widens as a relaxation says. */
export interface RelaxedGap {
  /** How far apart in rating two may be, in points, by how long they have waited. */
  readonly ratingGap: Relaxation;
  readonly widenBy?: never;
  readonly widenEveryMs?: never;
  readonly upTo?: never;
}

const STEPS = { from: "ratingGap", by: "widenBy", everyMs: "widenEveryMs", upTo: "upTo" } as const;
const OPTIONS = [...Object.values(STEPS), "wait", "forceAfterMs"];
const WAITS: readonly CountedWait[] = ["both", "longest", "sum"];

/**
 * 1v1 for those who would rather play than wait: the gap between two widens while they wait, and after `forceAfterMs`
 * a ticket meets the closest there is, whatever the gap.
 *
 * 1. Whoever has waited for `forceAfterMs` is forced: oldest first they take the closest ticket left, on a tie the
 *    oldest. Only the limits of the queue stand between them; the other one need not have waited.
 * 2. Of the others, two may meet when their gap is within what their waits allow (see {@link CountedWait}). A pass
 *    makes the most pairs and, of all ways to make so many, one with the smallest total gap.
 * 3. It looks only at tickets that are dirty, or for which something opens at this instant, and at whoever hangs
 *    together with them: the rest have found nobody in an earlier pass. When something opens follows from the gaps,
 *    the limits and `forceAfterMs`; nothing is tried.
 *
 * So nobody waits past `forceAfterMs`, and with waves to the next one, while the limits permit anyone else who waits.
 * Step 2 is exact for up to 128 tickets that hang together. Of more nobody is left who could be paired, but it need
 * not be the best.
 *
 * Cost of a join: O(log n + k²) for k tickets within the widest gap, few where the widest gap is narrow. With limits,
 * a ticket that is forced and still finds nobody costs O(n) whenever a limit opens for it, and each such ticket
 * O(1) in every pass. A pass over a pool where all is new: about O(n log n), and O(g³) for groups of g up to 128.
 *
 * Quality: `1 − gap ÷ widest`, where the widest gap is that after a wait of `forceAfterMs` by both, or without forcing
 * the widest there is; 0 beyond it, and 1 for equals.
 *
 * @example
 * ```ts
 * import { Matchmaker, Relaxation, RelaxingBlitz } from "@evenmatch/core";
 *
 * const blitz = { ratingGap: 100, widenBy: 50, widenEveryMs: 5_000, upTo: 400, forceAfterMs: 30_000 };
 * const ratingGap = Relaxation.line({ from: 100, to: 500, overMs: 40_000 });
 * const matchmaker = new Matchmaker({
 *   queues: { blitz: new RelaxingBlitz(blitz), casual: new RelaxingBlitz({ ratingGap, wait: "longest" }) },
 * });
 * ```
 */
export class RelaxingBlitz implements Strategy {
  readonly maxPartySize = 1;
  readonly #gap: WaitingGap;
  readonly #forceAfterMs: Millis;
  readonly #widest: number;
  readonly #agendas = new Agendas<Player>();

  /**
   * Throws `INVALID_OPTIONS` for an option of the wrong type or out of range, for numbers beside a {@link Relaxation},
   * and for a gap that never widens before `forceAfterMs`, unless it is `Relaxation.constant` with forcing.
   */
  constructor(options: RelaxingBlitzOptions) {
    const { wait = "both", forceAfterMs, ...gap } = objectOf("RelaxingBlitz", options, OPTIONS);
    this.#gap = new WaitingGap(relaxationOf(gap), oneOf("wait", WAITS, wait));
    this.#forceAfterMs = optionalMillis("forceAfterMs", forceAfterMs);
    this.#widest = this.#widestGap();
    this.#checkWidening();
  }

  propose(pool: Pool, now: Millis): Proposal[] {
    const due = this.#agendas.of(pool).due(now);
    return new BlitzPass(pool, this.#momentOf(pool, now), due, this.#widest).proposals();
  }

  nextChange(pool: Pool, now: Millis): Millis {
    const moment = this.#momentOf(pool, now);
    const agenda = this.#agendas.of(pool);
    const due = agenda.due(now);
    return agenda.next(now, (ticket) => moment.nextOf(ticket, due));
  }

  /**
   * Throws `INVALID_OPTIONS` where tickets end before they are forced, which with waves may be a wave later, or
   * before the gap widens for the first time.
   */
  checkQueue({ ticketTtlMs, waveMs }: QueueTimes): void {
    const forcedAfter = this.#forceAfterMs + (waveMs < Infinity ? waveMs - 1 : 0);
    if (this.#forceAfterMs < Infinity && ticketTtlMs <= forcedAfter) {
      const waves = waveMs < Infinity ? `, ${this.#forceAfterMs}, and the wave after it` : "";
      throw invalid(
        "INVALID_OPTIONS",
        `ticketTtlMs is longer than forceAfterMs${waves}, or a ticket ends before it is forced`,
        ticketTtlMs,
        `Set ticketTtlMs above ${forcedAfter}, or forceAfterMs lower.`,
      );
    }
    const { widensAt } = this.#gap.relaxation;
    if (widensAt === Infinity || widensAt <= this.#gap.countedOf(ticketTtlMs)) return;
    throw invalid(
      "INVALID_OPTIONS",
      `the gap widens before a ticket ends, and it first does after a wait of ${widensAt} ms`,
      ticketTtlMs,
      "Set ticketTtlMs higher, or let the gap widen sooner.",
    );
  }

  explain(ticket: Ticket, pool: Pool, now: Millis): Explanation {
    const moment = this.#momentOf(pool, now);
    return explainPair(this, ticket, pool, now, {
      reach: this.#forceAfterMs < Infinity ? Infinity : this.#gap.relaxation.widest,
      blocking: (other, ratingGap) => moment.blocking(ticket, other, ratingGap),
    });
  }

  #momentOf(pool: Pool, now: Millis): BlitzMoment<Player> {
    return new BlitzMoment({ gap: this.#gap, forceAfterMs: this.#forceAfterMs }, pool, now);
  }

  #widestGap(): number {
    const { relaxation } = this.#gap;
    if (this.#forceAfterMs === Infinity) return relaxation.widest;
    return relaxation.at(this.#gap.countedOf(this.#forceAfterMs));
  }

  #checkWidening(): void {
    const { widensAt } = this.#gap.relaxation;
    if (widensAt === Infinity && this.#forceAfterMs === Infinity) {
      throw invalid(
        "INVALID_OPTIONS",
        "the gap of RelaxingBlitz widens, or forceAfterMs is set",
        "a constant gap that is never forced",
        "Let it widen, set forceAfterMs, or take OneVsOne.",
      );
    }
    if (widensAt === Infinity || widensAt <= this.#gap.countedOf(this.#forceAfterMs - 1)) return;
    throw invalid(
      "INVALID_OPTIONS",
      `the gap widens before forceAfterMs, and it first does after a wait of ${widensAt} ms`,
      this.#forceAfterMs,
      "Set forceAfterMs higher, let the gap widen sooner, or take Relaxation.constant.",
    );
  }
}

function relaxationOf(gap: Readonly<Record<string, unknown>>): Relaxation {
  const { ratingGap } = gap;
  if (!(ratingGap instanceof Relaxation)) {
    return Relaxation.steps(
      checkedSteps(
        { from: ratingGap, by: gap["widenBy"], everyMs: gap["widenEveryMs"], upTo: gap["upTo"] },
        STEPS,
      ),
    );
  }
  for (const name of ["widenBy", "widenEveryMs", "upTo"]) {
    if (gap[name] === undefined) continue;
    const remedy = `Leave out ${name}, or set ratingGap to a number.`;
    throw invalid("INVALID_OPTIONS", `${name} goes with a ratingGap in numbers`, gap[name], remedy);
  }
  return ratingGap;
}
