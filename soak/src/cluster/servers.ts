import { setTimeout as pause } from "node:timers/promises";
import type { Rng } from "@evenmatch/testkit";
import type { Role, ServerNotice } from "../server/orders.js";
import type { Ground } from "./ground.js";
import { ServerProcess } from "./server-process.js";

/** A supervisor has a process back at once, in ms. */
const ABSENCES_MS = [[200, 1_500]] as const;

export interface ServersOptions {
  readonly ground: Ground;
  readonly program: string;
  readonly roles: readonly Role[];
  readonly rng: Rng;
  /** A process takes connections from now on. */
  readonly onReady: (port: number) => void;
}

/** The server processes of a run. One that was killed is started again after a while, under a new name. */
export class Servers {
  /** What no fault explains. */
  readonly flaws = new Set<string>();
  /** The matches that the group of all processes was given. */
  readonly grouped = new Set<string>();
  /** How often each error was reported that faults do explain. */
  readonly troubles = new Map<string, number>();
  kills = 0;
  readonly #alive: ServerProcess[] = [];
  readonly #starting = new Set<Promise<void>>();
  #isClosing = false;

  constructor(private readonly options: ServersOptions) {}

  get alive(): readonly ServerProcess[] {
    return this.#alive;
  }

  /** Starts all of them; resolves when each takes connections. */
  async start(): Promise<void> {
    const { roles } = this.options;
    const numberOf = (index: number): number =>
      roles.slice(0, index).filter((role) => role === roles[index]).length;
    await Promise.all(roles.map((role, index) => this.#start(role, numberOf(index) + 1, 1)));
  }

  /** Kills a process with −9. */
  kill(process: ServerProcess): void {
    this.kills++;
    process.kill();
  }

  /** How many joins and claims are under way in all processes. */
  async count(): Promise<{ readonly joins: number; readonly claims: number }> {
    const counts = await Promise.all(this.#alive.map((process) => process.count()));
    return {
      joins: counts.reduce((sum, { joins }) => sum + joins, 0),
      claims: counts.reduce((sum, { claims }) => sum + claims, 0),
    };
  }

  /** Ends all of them in good order. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#starting);
    await Promise.all([...this.#alive].map((process) => process.close()));
  }

  /** Ends whatever still runs, for a run that failed. */
  async abandon(): Promise<void> {
    this.#isClosing = true;
    for (const process of this.#alive) process.kill();
    await Promise.all([...this.#alive].map(({ ended }) => ended));
  }

  async #start(role: Role, number: number, times: number): Promise<void> {
    const { ground, program, rng, onReady } = this.options;
    const name = `${role}${number}.${times}`;
    const settings = await ground.settingsOf(name);
    if (this.#isClosing) return;
    const { seed } = rng.fork(name);
    const order = { type: "serve", name, role, seed, settings } as const;
    const process = new ServerProcess(program, order, (notice) => this.#take(notice));
    this.#alive.push(process);
    void process.ended.then(() => this.#ended(process, number, times));
    onReady(await process.ready());
  }

  #ended(process: ServerProcess, number: number, times: number): void {
    this.#alive.splice(this.#alive.indexOf(process), 1);
    this.options.ground.gone(process.name);
    if (this.#isClosing) return;
    const { rng, ground } = this.options;
    const chance = rng.fork(`death of ${process.name}`);
    const delay = chance.int(...chance.pick(ground.absencesMs ?? ABSENCES_MS));
    const started = pause(delay)
      .then(() => (this.#isClosing ? undefined : this.#start(process.role, number, times + 1)))
      .catch((error: unknown) => void this.flaws.add(String(error)))
      .finally(() => this.#starting.delete(started));
    this.#starting.add(started);
  }

  #take(notice: ServerNotice): void {
    if (notice.type === "flaw") this.flaws.add(notice.message);
    else if (notice.type === "grouped") this.grouped.add(notice.matchId);
    else if (notice.type === "trouble")
      this.troubles.set(notice.code, (this.troubles.get(notice.code) ?? 0) + 1);
  }
}
