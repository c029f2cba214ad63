import { Matchmaker, OneVsOne, type Match } from "@evenmatch/core";
import { playerId, seeded } from "../core/traces.js";
import { ticks } from "../ticks.js";
import type { Bell, Engine, Opened } from "./engine.js";
import { QUEUE } from "./players.js";

/** What a process is started as: an API process joins or listens, a worker runs pools as well. */
export interface Start {
  readonly role: "api" | "worker";
  readonly url: string;
}

/** What a process may be asked; each answers when it is done. */
export type Ask =
  /** Joins at a steady pace, whatever comes of it. */
  | { readonly type: "join"; readonly perMs: number; readonly lastingMs: number; readonly regions: number }
  /** Joins as fast as matches come back, until it is asked something else. */
  | { readonly type: "press"; readonly unmatched: number; readonly regions: number }
  /** Hears of all matches from now on. */
  | { readonly type: "listen" }
  /** When it called `join` for whom, and when it heard of whose match, in ms of one clock; and forgets it. */
  | { readonly type: "times" }
  | { readonly type: "stand" }
  /** Rings by the driver alone so often, one time after the other. */
  | { readonly type: "ring"; readonly count: number }
  | { readonly type: "close" };

/** Players with the time at which something happened to them. */
export interface Times {
  readonly called: ReadonlyMap<string, number>;
  /** By the `match` event of the process that joined. */
  readonly told: ReadonlyMap<string, number>;
  /** By listening to all matches. */
  readonly heard: ReadonlyMap<string, number>;
  /** By the bare driver: sent and received. */
  readonly sent: ReadonlyMap<string, number>;
  readonly received: ReadonlyMap<string, number>;
}

export interface Stand {
  readonly matches: number;
  readonly pools: number;
  /** CPU of the process, in ms. */
  readonly cpu: number;
}

const MAX_GAP = 100;

/** Milliseconds of the clock that all processes of a machine share. */
const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A process with the whole stack: the matchmaker with its ports on an engine. */
export class Node {
  readonly #opened: Opened;
  readonly #bell: Bell;
  readonly #matchmaker;
  readonly #chance = seeded(process.pid);
  readonly #listening = new AbortController();
  #times = emptyTimes();
  #joined = 0;
  #matched = 0;
  #failure: unknown;

  constructor(engine: Engine, { url }: Start) {
    this.#opened = engine.portsOn(url);
    this.#bell = engine.bellOn(url);
    this.#matchmaker = new Matchmaker({
      queues: { [QUEUE]: { strategy: new OneVsOne({ maxRatingGap: MAX_GAP }), maxWaiting: 1_000_000 } },
      ...this.#opened.ports,
    });
    this.#matchmaker.on("match", (match) => this.#told(match));
    this.#matchmaker.on("error", ({ data }) => this.#failed(data.error));
  }

  async start(role: Start["role"]): Promise<void> {
    if (role === "worker") await this.#matchmaker.start();
    await this.#bell.connect();
  }

  async answer(ask: Ask): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure as Error;
    switch (ask.type) {
      case "join":
        return ticks(ask.perMs, ask.lastingMs, () => this.#join(ask.regions));
      case "press": {
        this.#press(ask.unmatched, ask.regions);
        return;
      }
      case "listen":
        return this.#listen();
      case "times": {
        const times = this.#times;
        this.#times = emptyTimes();
        return times;
      }
      case "stand": {
        const { user, system } = process.cpuUsage();
        const { pools } = this.#matchmaker.health();
        return { matches: this.#matched, pools, cpu: (user + system) / 1_000 } satisfies Stand;
      }
      case "ring":
        return this.#ring(ask.count);
      case "close":
        return this.#close();
    }
  }

  #join(regions: number): void {
    const index = this.#joined++;
    const id = `${process.pid}-${playerId(index)}`;
    const rating = 1_500 + Math.round((this.#chance() - 0.5) * 1_000);
    this.#times.called.set(id, now());
    this.#matchmaker
      .join(QUEUE, { region: `region-${index % regions}`, players: [{ id, rating }] })
      .catch((error: unknown) => this.#failed(error));
  }

  /** Keeps so many tickets without a match. */
  #press(unmatched: number, regions: number): void {
    const turn = (): void => {
      if (this.#listening.signal.aborted) return;
      for (let open = this.#joined - 2 * this.#matched; open < unmatched; open++) this.#join(regions);
      // Nobody asks for these.
      this.#times = emptyTimes();
      setTimeout(turn, 1);
    };
    turn();
  }

  #told({ teams }: Match): void {
    this.#matched++;
    note(this.#times.told, teams);
  }

  async #listen(): Promise<void> {
    const matches = this.#matchmaker.matches({
      queue: QUEUE,
      buffer: 100_000,
      signal: this.#listening.signal,
    });
    const hear = async (): Promise<void> => {
      for await (const { teams } of matches) note(this.#times.heard, teams);
    };
    hear().catch((error: unknown) => this.#failed(error));
    await this.#bell.listen((id) => this.#times.received.set(id, now()));
  }

  async #ring(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const id = `${process.pid}-${this.#joined}-${index}`;
      this.#times.sent.set(id, now());
      await this.#bell.ring(id);
    }
  }

  async #close(): Promise<void> {
    this.#listening.abort();
    await this.#matchmaker.close();
    await Promise.all([this.#opened.close(), this.#bell.close()]);
  }

  #failed(error: unknown): void {
    if (!this.#listening.signal.aborted) this.#failure ??= error;
  }
}

function note(times: Map<string, number>, teams: Match["teams"]): void {
  const at = now();
  for (const team of teams) for (const { players } of team) for (const { id } of players) times.set(id, at);
}

function emptyTimes() {
  const empty = (): Map<string, number> => new Map();
  return {
    called: empty(),
    told: empty(),
    heard: empty(),
    sent: empty(),
    received: empty(),
  } satisfies Times;
}
