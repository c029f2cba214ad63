import {
  Matchmaker,
  type Clock,
  type ErrorCode,
  type EventBus,
  type Match,
  type MatchStore,
  type Player,
} from "@evenmatch/core";
import type { EndedNews, MatchNews } from "../history/history.js";
import { newsOf } from "../history/news.js";
import type { Rng } from "../random/seeded.js";
import type { FaultOptions } from "./faults.js";
import { Link } from "./link.js";
import type { Network } from "./network.js";
import { HEARTBEAT, simulatedQueues, type SimulatedQueues } from "./queues.js";
import type { Recorder } from "./recorder.js";
import type { SimulatedStore } from "./store.js";

export interface ProcessOptions {
  /** A process that is started again has a new name: what it was told before is no news of its own. */
  readonly name: string;
  readonly store: SimulatedStore;
  readonly matches: MatchStore;
  readonly bus: EventBus;
  readonly network: Network;
  readonly recorder: Recorder;
  readonly rng: Rng;
  readonly faults: FaultOptions;
  /** Called once the process was killed. */
  readonly onDeath: (process: SimulatedProcess) => void;
}

const OF_STRATEGIES: ReadonlySet<ErrorCode> = new Set(["STRATEGY_FAILED", "INVALID_PROPOSAL"]);

/** What a process knows of somebody who is connected to it. */
export interface ConnectedClient {
  readonly queue: keyof SimulatedQueues;
  /** Known once the join was answered. */
  readonly ticketId: string | undefined;
  readonly players: readonly Player[];
  hear(news: MatchNews | EndedNews): void;
  /** Looks for another process. */
  reconnect(): Promise<void>;
}

/** One server process: a matchmaker behind a wire, with the clients that are connected to it. */
export class SimulatedProcess {
  readonly name: string;
  readonly matchmaker: Matchmaker<SimulatedQueues>;
  readonly clients = new Set<ConnectedClient>();
  /** Rejects when the process is killed. */
  readonly died: Promise<never>;
  readonly #link: Link;
  readonly #options: ProcessOptions;
  #isAlive = true;
  #reject: (reason: Error) => void = () => {};

  constructor(options: ProcessOptions) {
    const { name, store, network, rng, faults, matches, bus } = options;
    this.#options = options;
    this.name = name;
    this.died = new Promise((_, reject) => (this.#reject = reject));
    this.died.catch(() => {});
    const clock = this.#clock(network.clock);
    const kill = (): void => this.#die();
    const connection = store.connect(name, clock);
    this.#link = new Link({ process: name, connection, network, clock, rng: rng.fork("wire"), faults, kill });
    const pause = (delay: number): Promise<void> =>
      new Promise((resolve) => void clock.at(clock.now() + delay, resolve));
    this.matchmaker = new Matchmaker({
      queues: simulatedQueues({ rng: rng.fork("allocator"), pause }),
      tickets: this.#link,
      matches: this.#link.matches(matches),
      events: this.#wired(bus),
      clock,
      random: rng.fork("ids").random,
    });
    this.#tell();
    this.#start(clock);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Ends the process in good order. */
  close(): Promise<void> {
    return this.matchmaker.close();
  }

  #die(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#link.kill();
    this.#reject(new Error(`${this.name} was killed`));
    this.#options.onDeath(this);
  }

  /** Connects, trying again for as long as store and bus fail, and sends heartbeats from then on. */
  #start(clock: Clock): void {
    this.matchmaker.start().then(
      () => this.#beat(clock),
      () => clock.at(clock.now() + 100, () => this.#start(clock)),
    );
  }

  /** Tells one client of a match that it has asked for. */
  answer(client: ConnectedClient, match: Match): void {
    const news = newsOf("match", match);
    for (const { id } of client.players) this.#options.recorder.told(this.name, id, news);
    client.hear(news);
  }

  #beat(clock: Clock): void {
    clock.at(clock.now() + HEARTBEAT / 4, () => {
      const ids = [...this.clients].flatMap(({ queue, ticketId }) =>
        queue === "duo" && ticketId ? [ticketId] : [],
      );
      this.matchmaker.heartbeat(ids).catch(() => {});
      this.#beat(clock);
    });
  }

  #tell(): void {
    const { recorder } = this.#options;
    const toPlayers = (players: ReadonlySet<string>, tell: (player: string) => void): void => {
      const told = new Set<string>();
      for (const client of [...this.clients]) {
        for (const { id } of client.players) {
          if (!players.has(id) || told.has(id)) continue;
          told.add(id);
          tell(id);
        }
      }
    };
    const { matchmaker } = this;
    for (const type of ["match", "readyCheck"] as const) {
      matchmaker.on(type, (match) => {
        const news = newsOf(type, match);
        const players = new Set(news.teams.flat().flatMap((ticket) => ticket.players));
        toPlayers(players, (player) => recorder.told(this.name, player, news));
        for (const client of [...this.clients]) client.hear(news);
      });
    }
    matchmaker.on("ended", ({ ticket, state }) => {
      const news = { type: "ended", ticketId: ticket.id, state } as const;
      toPlayers(new Set(ticket.players.map(({ id }) => id)), (player) =>
        recorder.told(this.name, player, news),
      );
      for (const client of [...this.clients]) client.hear(news);
    });
    matchmaker.on("released", ({ ticket, matchId }) => {
      const news = { type: "released", ticketId: ticket.id, matchId } as const;
      toPlayers(new Set(ticket.players.map(({ id }) => id)), (player) =>
        recorder.told(this.name, player, news),
      );
    });
    // Faults are what a simulation is about, and what comes of them is judged by what callers saw. No fault of the
    // network makes a strategy err.
    matchmaker.on("error", ({ data: { error } }) => {
      if (OF_STRATEGIES.has(error.code)) recorder.flaws.add(error.message);
    });
  }

  /** The clock as this process sees it: its timers die with it. */
  #clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      stopwatch: () => clock.stopwatch(),
      at: (when, run) => clock.at(when, () => (this.#isAlive ? run() : undefined)),
    };
  }

  #wired(bus: EventBus): EventBus {
    return {
      delivery: bus.delivery,
      publish: (events, options) => this.#link.call(["announce"], () => bus.publish(events, options)),
      subscribe: (handler, options) =>
        bus.subscribe((events) => (this.#isAlive ? handler(events) : undefined), options),
    };
  }
}
