import type { ServerOptions } from "socket.io";

/** How processes pass on what goes to sockets that are elsewhere. */
export interface Messages {
  readonly adapter: NonNullable<ServerOptions["adapter"]>;
  /** Resolves when this process hears the others. */
  readonly heard: Promise<void>;
  /** Has `run` called whenever this process may not have heard something, and hears again. */
  onMissed(run: () => void): void;
  /** Lets go of what it hears by. */
  close(): void;
}

/** Whether one hears the others: each time that hearing begins anew, something may have been missed. */
export class Hearing {
  readonly heard: Promise<void>;
  #hears = (): void => {};
  #wasHearing = false;
  #run = (): void => {};

  constructor() {
    this.heard = new Promise((resolve) => (this.#hears = resolve));
  }

  onMissed(run: () => void): void {
    this.#run = run;
  }

  /** Hearing begins. */
  begins(): void {
    this.#hears();
    if (this.#wasHearing) this.#run();
    this.#wasHearing = true;
  }
}
