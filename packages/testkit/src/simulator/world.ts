import {
  MemoryEventBus,
  MemoryMatchStore,
  type EventBus,
  type MatchStatus,
  type Millis,
  type Query,
  type TicketStatus,
} from "@evenmatch/core";
import type { ManualClock } from "../clock/manual-clock.js";
import type { FinalState } from "../history/history.js";
import type { Rng } from "../random/seeded.js";
import { faultyBus, type BusFaults } from "./bus.js";
import { Client, type ClientSurroundings } from "./client.js";
import type { FaultOptions, FaultPlan } from "./faults.js";
import { Network } from "./network.js";
import type { Arrival } from "./population.js";
import { SimulatedProcess } from "./process.js";
import { Recorder } from "./recorder.js";
import type { OpenStore, SimulatedStore } from "./store.js";

export interface WorldOptions {
  readonly clock: ManualClock;
  readonly rng: Rng;
  readonly plan: FaultPlan;
  readonly openStore: OpenStore;
  readonly processes: number;
  readonly leaseMs: Millis;
  readonly faults: FaultOptions;
  readonly bus: BusFaults;
}

/** A cluster in one process: server processes on one store, clients in front of them, and virtual time. */
export class World {
  readonly recorder: Recorder;
  readonly network: Network;
  /** Players who went away for good. */
  readonly absent = new Set<string>();
  readonly clients: Client[] = [];
  readonly #store: SimulatedStore;
  readonly #matches = new MemoryMatchStore({ keep: 1_000_000 });
  readonly #bus: EventBus;
  readonly #alive: SimulatedProcess[] = [];
  readonly #started = new Map<number, number>();

  constructor(private readonly options: WorldOptions) {
    const { clock, rng, plan, openStore, leaseMs, bus, processes } = options;
    this.recorder = new Recorder(clock);
    this.network = new Network(clock, plan, leaseMs);
    this.#store = openStore({ clock, rng: rng.fork("store") });
    this.#bus = faultyBus(new MemoryEventBus(), bus, { clock, rng: rng.fork("bus") });
    for (let number = 1; number <= processes; number++) this.#start(number);
  }

  /** Has a client come at its time. */
  expect({ at, plan }: Arrival): void {
    const { clock, rng } = this.options;
    clock.at(at, () => {
      const around: ClientSurroundings = {
        recorder: this.recorder,
        rng: rng.fork(`client ${this.clients.length}`),
        pause: (delay) => this.network.pause(delay),
        connect: () => this.#connect(),
        gone: ({ players }) => players.forEach(({ id }) => this.absent.add(id)),
      };
      const client = new Client(plan, around);
      this.clients.push(client);
      void client.play();
    });
  }

  /** Ends all processes in good order. */
  async close(): Promise<void> {
    await Promise.all(this.#alive.map((process) => process.close()));
  }

  /** Every ticket and match that the store was ever told of, as it knows them now. */
  async final(): Promise<FinalState> {
    const { tickets: store } = this.#store.connect("reader", this.options.clock);
    const ticketIds = [...this.network.ticketIds].sort();
    const matchIds = [...this.network.matchIds].sort();
    const queries: Query[] = [
      ...ticketIds.map((ticketId) => ({ type: "ticket", ticketId }) as const),
      ...matchIds.map((matchId) => ({ type: "match", matchId }) as const),
    ];
    const found = await store.read(queries, {});
    const tickets = found.filter((status): status is TicketStatus => status?.type === "ticket");
    const matches = found.filter((status): status is MatchStatus => status?.type === "match");
    return {
      tickets: tickets.map(({ ticket, state, matchId }) => ({
        ticketId: ticket.id,
        state,
        players: ticket.players.map(({ id }) => id),
        matchId,
      })),
      matches: matches.map(({ match, state }) => ({
        matchId: match.id,
        state,
        teams: match.teams.map((team) => team.map(({ id }) => id)),
      })),
    };
  }

  #start(number: number): void {
    const { rng, faults } = this.options;
    const times = (this.#started.get(number) ?? 0) + 1;
    this.#started.set(number, times);
    const name = `server${number}.${times}`;
    const process = new SimulatedProcess({
      name,
      store: this.#store,
      matches: this.#matches,
      bus: this.#bus,
      network: this.network,
      recorder: this.recorder,
      rng: rng.fork(name),
      faults,
      onDeath: (dead) => this.#died(dead, number),
    });
    this.#alive.push(process);
  }

  #died(process: SimulatedProcess, number: number): void {
    const { leaseMs, rng, clock } = this.options;
    this.#alive.splice(this.#alive.indexOf(process), 1);
    const clients = [...process.clients];
    process.clients.clear();
    for (const client of clients) void client.reconnect();
    const delay = rng.fork(`death of ${process.name}`).int(leaseMs >> 1, 2 * leaseMs);
    clock.at(clock.now() + delay, () => this.#start(number));
  }

  async #connect(): Promise<SimulatedProcess> {
    // The last process is never killed, so there always is one.
    return this.options.rng.pick(this.#alive);
  }
}
