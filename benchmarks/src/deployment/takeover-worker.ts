import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Matchmaker, OneVsOne } from "@evenmatch/core";
import type { Engine, Place } from "./engine.js";

/** Two meet who are as good as each other, and nobody else does. */
export const GAP = 2;
export const queues = { duel: new OneVsOne({ maxRatingGap: GAP }) };

/** What a worker says when it begins or ceases to run a pool. */
interface Told {
  readonly region: string;
  readonly isOurs: boolean;
}

/** Runs pools until it is killed: the program of a worker. */
export const work =
  (engine: Engine) =>
  async (url: string): Promise<void> => {
    const matchmaker = new Matchmaker({ queues, ...engine.portsOn(url).ports });
    const tell = (told: Told): void => void process.send?.(told);
    matchmaker.on("pool.gained", ({ pool }) => pool && tell({ region: pool.region, isOurs: true }));
    matchmaker.on("pool.lost", ({ pool }) => pool && tell({ region: pool.region, isOurs: false }));
    // What a takeover makes fail is repeated; who is killed next says nothing.
    matchmaker.on("error", () => {});
    process.on("disconnect", () => process.exit());
    await matchmaker.start();
  };

/** A process that runs pools. */
export class Worker {
  /** The regions whose pools it runs. */
  readonly regions = new Set<string>();
  /** When it was given a pool last. */
  gainedAt = 0;
  readonly #process: ChildProcess;

  constructor({ bench, row }: Place, url: string) {
    this.#process = fork(process.argv[1]!, [bench, row, url], { stdio: ["ignore", 2, 2, "ipc"] });
    this.#process.on("message", (message) => {
      const { region, isOurs } = message as Told;
      if (!isOurs) return void this.regions.delete(region);
      this.regions.add(region);
      this.gainedAt = Date.now();
    });
  }

  /** Kills it with −9, and resolves when it is gone. */
  async kill(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
