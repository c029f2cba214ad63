import type { EventBus, MatchStore, TicketStore } from "@evenmatch/core";

/** The ports of one process, with everything as it is when left out. */
export interface Opened {
  readonly ports: {
    readonly tickets: TicketStore;
    /** Where the engine has none, matches are announced and not kept. */
    readonly matches?: MatchStore;
    readonly events: EventBus;
  };
  /** Closes the ports, and what they were opened on. */
  readonly close: () => Promise<void>;
}

/** The driver alone, as one process uses it to tell another. */
export interface Bell {
  connect(): Promise<void>;
  /** Has all that is rung told to this process, from when it resolves. */
  listen(hear: (id: string) => void): Promise<void>;
  /** Writes an id, and tells whoever listens. */
  ring(id: string): Promise<void>;
  close(): Promise<void>;
}

/** A server of its own, with nothing on it but what a row puts there. */
export interface EngineServer {
  readonly url: string;
  /** Which server it is, in which settings, and what it costs it to keep something. */
  describe(): Promise<string>;
  /** Brings it into the state in which every round begins. */
  rest(): Promise<void>;
  /** CPU that it has taken since it started, in ms; 0 where the system does not tell. */
  cpu(): Promise<number>;
}

/** What a deployment keeps its tickets and events on. */
export interface Engine {
  /** As people call it. */
  readonly title: string;
  onServer<T>(work: (server: EngineServer) => Promise<T>): Promise<T>;
  portsOn(url: string): Opened;
  bellOn(url: string): Bell;
}

/** Where the further processes of a row find it. */
export interface Place {
  readonly bench: string;
  readonly row: string;
}
