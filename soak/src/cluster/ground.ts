import type { Millis } from "@evenmatch/core";
import type { FaultStep, FinalState, LossWindow, Rng } from "@evenmatch/testkit";
import type { Crowd } from "../bots/population.js";
import type { Phase, Role } from "../server/orders.js";

/** What the store holds in the end, read with its own tools, and what of it cannot be. */
export interface Dump {
  readonly final: FinalState;
  /** What the history's rules say nothing of, one sentence each: matches that were not kept, rows that are left over. */
  readonly flaws: readonly string[];
}

/** What a run needs of one kind of store: real servers, the ways to hurt them, and a look at what they hold. */
export interface Ground {
  /** When the store may have gone back on what it acknowledged, by what it promises and what was done to it so far. */
  readonly lossWindows: readonly LossWindow[];
  /** How long a process that is stopped stands still, from and to, in ms; longer than a lease when left out. */
  readonly freezeMs?: readonly [least: Millis, most: Millis];
  /** After how long killed processes come back, one of these from and to, in ms; soon when left out. */
  readonly absencesMs?: readonly (readonly [least: Millis, most: Millis])[];
  /** How long a fault waits for joins and claims under way, in ms; 20 s when left out. */
  readonly busyPatienceMs?: Millis;
  /** What the process of this name needs to reach the store; passed to the program as it is. */
  settingsOf(process: string): Promise<unknown>;
  /**
   * Strikes with a fault of this ground's own kinds. Resolves when it is over, which may be a while after it struck;
   * `process` is the server process in whose call it struck.
   */
  strike(kind: string, process: string, rng: Rng): Promise<void>;
  /** The process of this name is dead. */
  gone(process: string): void;
  /** True when nothing is under way in the store and nobody waits. */
  isSettled(): Promise<boolean>;
  /** What is known of what it holds while the run goes on, where the tools take long; the dump when left out. */
  look?(): Promise<Dump>;
  dump(): Promise<Dump>;
  close(): Promise<void>;
}

/** What a run does to its processes and to its store: how many faults of each kind. */
export interface Mix {
  readonly name: string;
  readonly faults: Readonly<Record<string, number>>;
  /** The steps in which owners are hit, in turn; any that only they do when left out. */
  readonly steps?: readonly FaultStep[];
  /** Whether the call of a step has reached the store when a fault strikes; by chance when left out. */
  readonly phase?: Phase;
}

/** A kind of store that real processes are run on. */
export interface GroundKind {
  readonly name: string;
  /** The program of its server processes: a module that calls `serve`. */
  readonly program: string;
  /** The server processes of a run. */
  readonly roles: readonly Role[];
  /** Together they have each kind of fault; a run takes one of them by its seed. */
  readonly mixes: readonly Mix[];
  /** Kinds that hit connections, or stop something for a while; all others kill something. */
  readonly cuts: readonly string[];
  /** Who comes to a run that is told nothing else; that of all others when left out. */
  readonly crowd?: Crowd;
  open(mix: Mix): Promise<Ground>;
}
