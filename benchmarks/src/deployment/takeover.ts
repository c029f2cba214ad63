import { setTimeout as pause } from "node:timers/promises";
import {
  EvenmatchError,
  Matchmaker,
  systemRandom,
  type Request,
  type Ticket,
  type TicketStore,
} from "@evenmatch/core";
import { uuidMaker } from "@evenmatch/core/adapter";
import type { Measurement, Row } from "../row.js";
import type { Engine, EngineServer, Place } from "./engine.js";
import { GAP, queues, work, Worker } from "./takeover-worker.js";

/** The pools of these rows. */
export const REGIONS: readonly string[] = ["eu", "na", "asia", "sa", "africa", "oceania"];

/** How long a dead owner's pools stay its own, in ms, and what may pass beyond that. */
export interface Lease {
  readonly ms: number;
  readonly beyond: number;
}

/** The lease of adapters that keep one, when it is left out. */
const LEASE: Lease = { ms: 5_000, beyond: 1_000 };

/** How often an owner is killed. */
const KILLS = 3;

/** Pairs that join in each region a second, before, during and after. */
const PAIRS = 20;

/** An owner is killed while so many wait; ours is the time until the last of its pools works again, the worst of all kills. */
export function takeover(bench: string, engine: Engine, waiting: number, lease: Lease = LEASE): Row {
  const name = `takeover.${waiting}`;
  return {
    name,
    unit: "ms",
    goal: { of: "ours", bound: "at most", limit: lease.ms + lease.beyond },
    measure: async () => {
      const measured = await engine.onServer((server) => kill({ bench, row: name }, engine, server, waiting));
      return { ...measured, reference: lease.ms };
    },
    serve: work(engine),
  };
}

async function kill(
  place: Place,
  engine: Engine,
  { url }: EngineServer,
  waiting: number,
): Promise<Omit<Measurement, "reference">> {
  const { ports, close } = engine.portsOn(url);
  // There are engines on which nobody joins before somebody runs pools.
  let workers = [new Worker(place, url), new Worker(place, url)];
  await fill(ports.tickets, waiting);
  const matchmaker = new Matchmaker({ queues, ...ports });
  matchmaker.on("error", () => {});
  const players = new Players(matchmaker);
  const load = players.play();
  const took: number[] = [];
  const gained: number[] = [];
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await until(() => workers.every(({ regions }) => regions.size === REGIONS.length / workers.length));
      await players.allServed(Date.now());
      const [owner, other] = workers as [Worker, Worker];
      const regions = [...owner.regions];
      const killedAt = Date.now();
      await owner.kill();
      const times = await Promise.all(regions.map((region) => players.servedAfter(region, killedAt)));
      took.push(Math.max(...times) - killedAt);
      gained.push(other.gainedAt - killedAt);
      workers = [other, new Worker(place, url)];
    }
  } finally {
    players.stop();
    await load;
  }
  const unserved = await players.rest();
  await Promise.all(workers.map((worker) => worker.kill()));
  await matchmaker.close();
  await close();
  if (players.doubled > 0 || unserved > 0)
    throw new Error(`${unserved} who joined were never matched, ${players.doubled} were matched twice`);
  return {
    ours: Math.max(...took),
    notes: [
      `${KILLS} kills, until all pools of the dead owner had matched somebody who joined after it: ${took.join(", ")} ms`,
      `the new owner had the last of them after ${gained.join(", ")} ms`,
      `${players.matched} joined as pairs meanwhile; each was matched once`,
    ],
  };
}

/** Those who wait, in pools of equal size, where nobody is near enough to anybody. */
async function fill(store: TicketStore, waiting: number): Promise<void> {
  const uuid = uuidMaker(systemRandom);
  const now = await store.time();
  const requests = Array.from({ length: waiting }, (_, index): Request => {
    const pool = { queue: "duel", region: REGIONS[index % REGIONS.length]! };
    const players = [{ id: `waiting ${index}`, rating: 4 * GAP * index }];
    const ticket: Ticket = { id: uuid(now, pool), ...pool, players, joinedAt: now };
    return { type: "join", ticket };
  });
  for (let from = 0; from < requests.length; from += 1_000)
    await patiently(() => store.submit(requests.slice(from, from + 1_000), { now }));
}

/** Tries again what may be tried again, as a matchmaker does: the first owners may still be on their way. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  const latest = Date.now() + 60_000;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof EvenmatchError) || !error.retryable || Date.now() > latest) throw error;
    }
  }
}

/** Pairs who meet each other and nobody else, joining through a process that runs no pool. */
class Players {
  matched = 0;
  doubled = 0;
  readonly #open = new Map<string, number>();
  readonly #done = new Set<string>();
  /** When the newest join that was matched had been called, by region. */
  readonly #served = new Map<string, number>();
  #count = 0;
  #isOver = false;

  readonly #matchmaker: Matchmaker<typeof queues>;

  constructor(matchmaker: Matchmaker<typeof queues>) {
    this.#matchmaker = matchmaker;
    matchmaker.on("match", ({ region, teams }) => {
      for (const { players } of teams.flat()) {
        const id = players[0]!.id;
        if (this.#done.has(id)) this.doubled++;
        this.#done.add(id);
        this.matched++;
        const joined = this.#open.get(id) ?? 0;
        this.#open.delete(id);
        if (joined > (this.#served.get(region) ?? 0)) this.#served.set(region, joined);
      }
    });
  }

  /** Has pairs join at their rate until `stop`. */
  async play(): Promise<void> {
    while (!this.#isOver) {
      for (const region of REGIONS) this.#pair(region);
      await pause(1_000 / PAIRS);
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  /** When somebody was matched in a region who joined after an instant. */
  async servedAfter(region: string, instant: number): Promise<number> {
    await until(() => (this.#served.get(region) ?? 0) > instant);
    return Date.now();
  }

  async allServed(since: number): Promise<void> {
    await Promise.all(REGIONS.map((region) => this.servedAfter(region, since)));
  }

  /** Waits for those who were not matched yet; how many never are. */
  async rest(): Promise<number> {
    await until(() => this.#open.size === 0).catch(() => {});
    return this.#open.size;
  }

  #pair(region: string): void {
    // Between two of those who wait, and so far from other pairs that these are served long before.
    const rating = 4 * GAP * (this.#count % 10_000) + 2 * GAP;
    for (const side of ["one", "other"]) {
      const id = `${side} ${this.#count}`;
      this.#open.set(id, Date.now());
      this.#matchmaker
        .join("duel", { region, players: [{ id, rating }] }, { requestId: id })
        .catch((error: unknown) => console.error(error));
    }
    this.#count++;
  }
}

/** Looks again and again. Rejects when it takes longer than anything here may. */
async function until(condition: () => boolean): Promise<void> {
  const latest = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > latest) throw new Error("waited 60 s");
    await pause(5);
  }
}
