import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import type { Rng } from "@evenmatch/testkit";
import type { Ground } from "./ground.js";
import { FREEZE, hitsOwners, KILL_API, KILL_WORKER, type PlannedFault, type StruckFault } from "./plan.js";
import type { ServerProcess } from "./server-process.js";
import type { Servers } from "./servers.js";

/** How long to wait for a call of the step, and then for a moment with joins and claims under way, in ms. */
const STEP_PATIENCE: Millis = 1_200;
const BUSY_PATIENCE: Millis = 400;

/** Strikes with the faults of a plan, one after the other. */
export class Striker {
  readonly struck: StruckFault[] = [];
  readonly #under: Promise<void>[] = [];

  constructor(
    private readonly servers: Servers,
    private readonly ground: Ground,
    private readonly rng: Rng,
  ) {}

  /** Resolves when all have struck and are over. */
  async run(plan: readonly PlannedFault[]): Promise<void> {
    const begin = Date.now();
    for (const [index, fault] of plan.entries()) {
      await pause(Math.max(0, begin + fault.from - Date.now()));
      await this.#strike(fault, this.rng.fork(`fault ${index}`));
    }
    await Promise.all(this.#under);
  }

  /**
   * 1. A call of the step is held in whichever process makes one first: not yet sent, or answered and not yet read.
   * 2. The fault waits for a moment in which joins and claims are under way in the cluster.
   * 3. It strikes, and the call goes on: into what the fault has left.
   */
  async #strike(fault: PlannedFault, rng: Rng): Promise<void> {
    const { kind } = fault;
    const held = await this.#hold(fault);
    const process = held ?? (await this.#any(kind, rng));
    const claimsInFlight = await this.#busy();
    this.struck.push({
      ...fault,
      at: Date.now(),
      process: process.name,
      isInStep: held !== undefined,
      claimsInFlight,
    });
    if (kind === KILL_WORKER || kind === KILL_API) this.servers.kill(process);
    else {
      const over =
        kind === FREEZE ? process.freeze(rng.int(2_500, 4_000)) : this.ground.strike(kind, process.name, rng);
      // Who fails here is told to the run, at its end.
      over.catch(() => {});
      this.#under.push(over);
    }
    for (const one of this.servers.alive) one.disarm();
  }

  async #hold({ kind, step, phase }: PlannedFault): Promise<ServerProcess | undefined> {
    const late = new AbortController();
    const held = new Promise<ServerProcess>((resolve) => {
      for (const process of this.#candidates(kind))
        process.arm({ type: "arm", step, phase }, () => resolve(process));
    });
    const patience = pause(STEP_PATIENCE, undefined, { signal: late.signal }).catch(() => undefined);
    const first = await Promise.race([held, patience]);
    late.abort();
    if (first?.isServing) return first;
    for (const process of this.servers.alive) process.disarm();
    return undefined;
  }

  /** Any process that this kind of fault may hit; waits until there is one. */
  async #any(kind: string, rng: Rng): Promise<ServerProcess> {
    for (;;) {
      const candidates = this.#candidates(kind);
      if (candidates.length > 0) return rng.pick(candidates);
      await pause(20);
    }
  }

  #candidates(kind: string): ServerProcess[] {
    const serving = this.servers.alive.filter(({ isServing }) => isServing);
    if (hitsOwners(kind)) return serving.filter(({ role }) => role === "worker");
    if (kind === KILL_API) return serving.filter(({ role }) => role === "api");
    return serving;
  }

  /** Waits until joins and claims are under way, for a while; how many claims there are then. */
  async #busy(): Promise<number> {
    const until = Date.now() + BUSY_PATIENCE;
    for (;;) {
      const { joins, claims } = await this.servers.count();
      if ((joins > 0 && claims > 0) || Date.now() >= until) return claims;
      await pause(2);
    }
  }
}
