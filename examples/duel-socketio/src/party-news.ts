import { CatchingUp } from "./catching-up.js";
import { partyViewOf, type Parties } from "./parties.js";
import { isHere, roomOf, type DuelIo } from "./rooms.js";
import type { Underway } from "./underway.js";

interface Surroundings {
  readonly io: DuelIo;
  readonly parties: Parties;
  /** Whether players of a party may be at other processes. */
  readonly isShared: boolean;
  readonly underway: Underway;
}

/**
 * Tells players how their party stands. What it was when it changed may arrive after what it has become since, from
 * another process or over another connection to the database; so processes tell each other no more than that something
 * has changed, and each reads how it stands now for the players who are here.
 */
export class PartyNews {
  readonly #catchingUp: CatchingUp;

  constructor(private readonly around: Surroundings) {
    const { io, isShared, underway } = around;
    this.#catchingUp = new CatchingUp((playerIds) => this.#tell(playerIds), underway);
    if (isShared) io.on("partied", (playerIds) => this.#catchingUp.with(playerIds));
  }

  /** The party of these players is another one now, or over. */
  changed(players: readonly { readonly id: string }[]): void {
    const playerIds = players.map(({ id }) => id);
    this.#catchingUp.with(playerIds);
    if (this.around.isShared) this.around.io.serverSideEmit("partied", playerIds);
  }

  /** What was said of the parties of these players may not have been heard here. */
  missed(playerIds: readonly string[]): void {
    this.#catchingUp.with(playerIds);
  }

  close(): void {
    this.#catchingUp.close();
  }

  async #tell(playerIds: readonly string[]): Promise<void> {
    const { io, parties } = this.around;
    const here = playerIds.filter((id) => isHere(io, id));
    const found = await Promise.all(here.map(async (id) => parties.of(id)));
    for (const [index, party] of found.entries())
      io.local.to(roomOf(here[index]!)).emit("party", party ? partyViewOf(party) : null);
  }
}
