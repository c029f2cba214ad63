import { pause } from "./pause.js";

/** How often something is tried that a busy machine may refuse, how long after the first refusal, and at most, in ms. */
const TRIES = 12;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/**
 * Lets so many do something at once, and tries again for whom it fails: thousands who knock in the same instant
 * would measure the machine's backlog of connections, not the server.
 */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(private readonly width: number) {}

  async pass<Result>(run: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(run);
      } catch (error) {
        if (tries === TRIES) throw error;
        await pause(Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (tries - 1)));
      }
    }
  }

  async #once<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.#inside >= this.width) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside++;
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside--;
    }
  }
}
