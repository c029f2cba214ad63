import { ticketsOf, type Player, type Proposal, type Ticket } from "@evenmatch/core";
import type { TimedChange } from "../arbitrary/changes.js";
import { canonicalOne } from "./proposals.js";

/** The proposals that a sequence of changes may still refuse, in an order that does not depend on how they came. */
export class UnderWay<P extends Player> {
  readonly #proposals: { readonly name: string; readonly tickets: readonly Ticket<P>[] }[] = [];

  add(proposals: readonly Proposal<P>[]): void {
    for (const proposal of proposals) {
      this.#proposals.push({ name: canonicalOne(proposal), tickets: ticketsOf(proposal) });
    }
    this.#proposals.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** One of them falls through: returns the tickets that come back. */
  refuse({ nth, drops }: Extract<TimedChange, { type: "refused" }>): readonly Ticket<P>[] {
    const [refused] = this.#proposals.splice(nth % (this.#proposals.length || 1), 1);
    return refused?.tickets.slice(drops ? 1 : 0) ?? [];
  }
}
