import { MemoryTicketStore, type Clock, type TicketStore } from "@evenmatch/core";
import { Broker } from "../log-store/broker.js";
import { LogTicketStore } from "../log-store/log-ticket-store.js";
import type { Rng } from "../random/seeded.js";

/** A ticket store as one process has it. */
export interface StoreConnection {
  readonly tickets: TicketStore;
  /** The process is killed: whatever of the store runs inside it does nothing from now on. */
  kill?(): void;
  /** The lease time of the killed process is over. */
  endLeases?(): void;
}

/** The one store of a simulated cluster. */
export interface SimulatedStore {
  /** Connects a process; `clock` stops with it. */
  connect(process: string, clock: Clock): StoreConnection;
}

/** Makes the store of a run. All chance in it comes from `rng`. */
export type OpenStore = (around: { readonly clock: Clock; readonly rng: Rng }) => SimulatedStore;

/** Everything that ended is kept to the end of the run: the final state is evidence. */
const KEPT = { retainMs: 86_400_000, dedupeMs: 86_400_000 };

/** The memory store, shared by all processes. */
export const openMemoryStore: OpenStore = ({ clock }) => {
  const tickets = new MemoryTicketStore({ ...KEPT, clock });
  return { connect: () => ({ tickets }) };
};

/** The log store: a broker for all, and in each process a store of its own. One answer in fifty is lost. */
export const openLogStore: OpenStore = ({ rng }) => {
  const broker = new Broker({ losesAnswer: () => rng.chance(0.02) });
  return {
    connect(process, clock) {
      const session = new Session(broker);
      return {
        tickets: new LogTicketStore(session.broker, { ...KEPT, process, clock }),
        kill: () => session.kill(),
        endLeases: () => session.end(),
      };
    },
  };
};

type Member = Parameters<Broker["join"]>[0];

/** A process's session with the broker, which ends some time after the process does. */
class Session {
  readonly broker: Broker;
  readonly #members = new Set<Member>();
  #isDead = false;

  constructor(private readonly shared: Broker) {
    this.broker = new Proxy(shared, {
      get: (target, name) => {
        const method = Reflect.get(target, name, target) as unknown;
        if (typeof method !== "function") return method;
        return (...args: unknown[]): unknown =>
          this.#call(name, method as (...args: unknown[]) => unknown, args);
      },
    });
  }

  kill(): void {
    this.#isDead = true;
  }

  end(): void {
    for (const member of this.#members) this.shared.leave(member);
  }

  #call(name: string | symbol, method: (...args: unknown[]) => unknown, args: unknown[]): unknown {
    if (!this.#isDead) {
      if (name === "join") this.#members.add(args[0] as Member);
      if (name === "leave") this.#members.delete(args[0] as Member);
      return method.apply(this.shared, args);
    }
    return name === "onRequest" || name === "onAnswer" ? () => {} : new Promise(() => {});
  }
}
