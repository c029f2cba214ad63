import type { Waiting } from "../pool/waiting.js";
import type { Player } from "../ticket/player.js";
import { Traffic } from "./adaptive-traffic.js";
import { Agenda } from "./agenda.js";

/** What is known of a pool, and whom to look at in it. */
export interface Known {
  readonly traffic: Traffic;
  readonly agenda: Agenda<Player>;
}

/** What `Adaptive` knows of its pools; it goes with them. */
export class AdaptivePools {
  readonly #pools = new WeakMap<Waiting, Known>();

  /** What is known of a pool, with whoever arrived since. */
  of(pool: Waiting): Known {
    let known = this.#pools.get(pool);
    const traffic = known?.traffic ?? new Traffic();
    // With another memory everybody's time may come sooner, so everybody is looked at.
    if (traffic.read(pool) || !known) this.#pools.set(pool, (known = { traffic, agenda: new Agenda(pool) }));
    return known;
  }
}
