import type { Clock } from "../clock.js";
import type { Ticket } from "../ticket/ticket.js";
import { playersOf, ticketsOf, type Match } from "./match.js";

/** How a ready check came out: all accepted, somebody declined, or time ran out; with the tickets at fault. */
export type Verdict =
  /** Nobody waits for it any more: the next owner of the pool goes on. */
  | { readonly type: "stopped" }
  | { readonly type: "accepted" }
  | { readonly type: "declined" | "unanswered"; readonly drop: readonly string[] };

/** Waits for the players of one match until all have accepted, one has declined, or `acceptBy` has come. */
export class ReadyCheck {
  readonly verdict: Promise<Verdict>;
  #decide: (verdict: Verdict) => void = () => {};
  readonly #cancel: () => void;

  readonly #match: Match;
  readonly #answers: Map<string, boolean>;

  constructor(match: Match, answers: Map<string, boolean>, clock: Clock) {
    this.#match = match;
    this.#answers = answers;
    this.verdict = new Promise((resolve) => (this.#decide = resolve));
    this.#cancel = clock.at(match.acceptBy as number, () => this.#timeOut());
    this.#judge();
  }

  answered(playerId: string, accepted: boolean): void {
    this.#answers.set(playerId, accepted);
    this.#judge();
  }

  /** Stops waiting, if it still waits. */
  stop(): void {
    this.#end({ type: "stopped" });
  }

  get ticketIds(): string[] {
    return ticketsOf(this.#match).map(({ id }) => id);
  }

  #judge(): void {
    if (playersOf(this.#match).every(({ id }) => this.#answers.get(id) === true))
      this.#end({ type: "accepted" });
    const declined = this.#ticketsWith((answer) => answer === false);
    if (declined.length > 0) this.#end({ type: "declined", drop: declined });
  }

  #timeOut(): void {
    this.#end({ type: "unanswered", drop: this.#ticketsWith((answer) => answer !== true) });
  }

  #end(verdict: Verdict): void {
    this.#cancel();
    this.#decide(verdict);
  }

  #ticketsWith(fits: (answer: boolean | undefined) => boolean): string[] {
    const at = ({ players }: Ticket): boolean => players.some(({ id }) => fits(this.#answers.get(id)));
    return ticketsOf(this.#match)
      .filter(at)
      .map(({ id }) => id);
  }
}
