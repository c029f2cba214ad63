import {
  Matchmaker,
  MemoryEventBus,
  MemoryTicketStore,
  OneVsOne,
  type JoinRequest,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import { stopwatch, turn } from "../figures.js";
import { flat, shuffled } from "./traces.js";

/** Ratings of the crowd are this far apart, so that nobody meets anybody, nor whoever joins between two of them. */
const STEP = 10;

/** Joins in one turn of the event loop while a crowd grows. */
const BURST = 100;

/** A matchmaker with one pool in which a crowd waits that cannot be matched. */
export class Crowd {
  /** What has ended is forgotten at once, so that guests who left do not make the small crowd a large one. */
  readonly #matchmaker;
  #guests = 0;

  /** The strategy lets ratings meet that are 1 apart, and none that are 5 apart. */
  constructor(strategy: Strategy = new OneVsOne({ maxRatingGap: 1 })) {
    this.#matchmaker = new Matchmaker({
      queues: { classic: { strategy, maxWaiting: 2_000_000 } },
      tickets: new MemoryTicketStore({ retainMs: 0 }),
      // With a bus of its own, so that nothing is looked up besides: the store is shared with nobody.
      events: new MemoryEventBus(),
    });
  }

  async start(): Promise<void> {
    await this.#matchmaker.start();
  }

  /** How many wait. */
  get size(): number {
    return this.#matchmaker.health().waiting;
  }

  /** Lets a crowd join, in bursts; returns how long the turn of each burst took, in ms. */
  async grow(size: number, seed: number): Promise<number[]> {
    const turns: number[] = [];
    const order = shuffled(size, seed);
    for (let next = 0; next < size;) {
      const batch: JoinRequest[] = [];
      for (const end = Math.min(next + BURST, size); next < end; next++)
        batch.push(requestOf(`crowd-${next}`, order[next]! * STEP));
      const elapsed = stopwatch();
      const joined = batch.map((request) => this.#matchmaker.join("classic", request));
      await turn();
      turns.push(elapsed());
      await Promise.all(joined);
    }
    return turns;
  }

  /** Lets so many more join, at places spread over the crowd, and leave again; returns the ms of one join and one leave. */
  async pass(count: number): Promise<{ join: number; leave: number }> {
    const before = this.size;
    const spread = Math.max(1, Math.floor((before * STEP) / count));
    const batch = Array.from(shuffled(count, ++this.#guests), (place) =>
      requestOf(`guest-${this.#guests}-${place}`, Math.floor((place * spread) / STEP) * STEP + STEP / 2),
    );
    const joinTime = stopwatch();
    const joining = batch.map((request) => this.#matchmaker.join("classic", request));
    const joined: Ticket[] = await Promise.all(joining);
    await turn();
    const join = joinTime() / count;
    if (this.size !== before + count) throw new Error("everyone who joins the crowd waits");
    const leaveTime = stopwatch();
    await Promise.all(joined.map(({ id }) => this.#matchmaker.leave(id)));
    await turn();
    const leave = leaveTime() / count;
    if (this.size !== before) throw new Error("everyone who leaves the crowd is gone");
    return { join, leave };
  }
}

function requestOf(id: string, rating: number): JoinRequest {
  return { region: "eu", players: [{ id: flat(id), rating }] };
}
