import type { MatchStore, TicketStore } from "@evenmatch/core";
import type { Matches, MatchesPage, PageOptions, ShowMatch } from "../matches.js";
import type { MatchView } from "../protocol.js";
import { lookUp } from "./lookup.js";
import type { SeatRows } from "./seat-rows.js";

/** Matches as the match store keeps them, for good. */
export class SavedMatches implements Matches {
  constructor(
    private readonly store: MatchStore,
    private readonly tickets: TicketStore,
    private readonly rows: SeatRows,
    private readonly showMatch: ShowMatch,
  ) {}

  /** A match is saved a moment after it is settled; the ticket of the player's last seat knows it at once. */
  async last(playerId: string): Promise<MatchView | undefined> {
    const rows = [...(await this.rows.of([playerId])).values()];
    const [standing] = (await lookUp(this.tickets, rows, "matched")).values();
    if (standing?.state === "matched" && standing.match) return this.showMatch(standing.match);
    return (await this.page(playerId, { limit: 1 })).matches[0];
  }

  async page(playerId: string, { limit, after }: PageOptions): Promise<MatchesPage> {
    const { matches, next = null } = await this.store.list({ playerId, limit, after }, {});
    return { matches: matches.map(({ match }) => this.showMatch(match)), next };
  }

  /** The owner of the pool saves it. */
  happened(): void {}
}
