import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import type { Rng } from "@evenmatch/testkit";
import type { Ground } from "./ground.js";
import {
  FREEZE,
  hitsOwners,
  KILL_API,
  KILL_BOTH,
  KILL_WORKER,
  type PlannedFault,
  type StruckFault,
} from "./plan.js";
import type { ServerProcess } from "./server-process.js";
import type { Servers } from "./servers.js";

/** Longer than a lease, in ms. */
const FREEZE_MS = [2_500, 4_000] as const;

/** The least time that a fault has for itself, in ms; most have until the next one is due. */
const LEAST_SLOT: Millis = 400;

/**
 * How long a fault waits for joins and claims under way at most, in ms: an owner's death stops claims for a lease, and
 * a server that starts slowly for longer. Callers come for as long as anything fails.
 */
const BUSY_PATIENCE: Millis = 20_000;

/** Strikes with the faults of a plan, one after the other. */
export class Striker {
  readonly struck: StruckFault[] = [];
  readonly #under: Promise<void>[] = [];

  constructor(
    private readonly servers: Servers,
    private readonly ground: Ground,
    private readonly rng: Rng,
  ) {}

  /** Resolves when all of a plan for so many ms have struck and are over. */
  async run(plan: readonly PlannedFault[], length: Millis): Promise<void> {
    const begin = Date.now();
    for (const [index, fault] of plan.entries()) {
      await pause(Math.max(0, begin + fault.from - Date.now()));
      const next = begin + (plan[index + 1]?.from ?? length);
      const patienceMs = Math.max(next - Date.now(), LEAST_SLOT) / 2;
      const until = Date.now() + patienceMs + (this.ground.busyPatienceMs ?? BUSY_PATIENCE);
      await this.#strike(fault, { patienceMs, until, rng: this.rng.fork(`fault ${index}`) });
    }
    await Promise.all(this.#under);
  }

  /**
   * 1. A call of the step is held in whichever process makes one first: not yet sent, or answered and not yet read.
   *    When none comes in half of the time until the next fault, it strikes outside of a call.
   * 2. The fault waits for a moment in which joins and claims are under way in the cluster, while there is time.
   * 3. It strikes, and the call goes on: into what the fault has left.
   */
  async #strike(
    fault: PlannedFault,
    { patienceMs, until, rng }: { readonly patienceMs: Millis; readonly until: Millis; readonly rng: Rng },
  ): Promise<void> {
    const { kind } = fault;
    await this.#any(kind, rng);
    const held = await this.#hold(fault, patienceMs);
    const process = held ?? (await this.#any(kind, rng));
    const inFlight = await this.#busy(until);
    this.struck.push({
      ...fault,
      at: Date.now(),
      process: process.name,
      isInStep: held !== undefined,
      joinsInFlight: inFlight.joins,
      claimsInFlight: inFlight.claims,
    });
    if (kind === KILL_WORKER || kind === KILL_API) this.servers.kill(process);
    else {
      if (kind === KILL_BOTH) this.servers.kill(process);
      const over =
        kind === FREEZE
          ? process.freeze(rng.int(...(this.ground.freezeMs ?? FREEZE_MS)))
          : this.ground.strike(kind, process.name, rng);
      // Who fails here is told to the run, at its end.
      over.catch(() => {});
      this.#under.push(over);
    }
    for (const one of this.servers.alive) one.disarm();
  }

  async #hold({ kind, step, phase }: PlannedFault, patienceMs: Millis): Promise<ServerProcess | undefined> {
    const late = new AbortController();
    const held = new Promise<ServerProcess>((resolve) => {
      for (const process of this.#candidates(kind))
        process.arm({ type: "arm", step, phase }, () => resolve(process));
    });
    const patience = pause(patienceMs, undefined, { signal: late.signal }).catch(() => undefined);
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
    if (hitsOwners(kind)) {
      const workers = serving.filter(({ role }) => role === "worker");
      // The last one is spared: without any there are no claims to hit.
      return workers.length > 1 ? workers : [];
    }
    if (kind === KILL_API) return serving.filter(({ role }) => role === "api");
    return serving;
  }

  /** Waits until joins and claims are under way, for a while; how many there are then. */
  async #busy(until: Millis): Promise<{ readonly joins: number; readonly claims: number }> {
    for (;;) {
      const { joins, claims } = await this.servers.count();
      if ((joins > 0 && claims > 0) || Date.now() >= until) return { joins, claims };
      await pause(2);
    }
  }
}
