import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What the proxy does with bytes now. */
export interface Traffic {
  /** How long every piece is kept before it goes on. */
  delayMs: number;
  /** `hold` keeps what comes until it passes again; `swallow` drops it, and the other side hears nothing. */
  flow: "pass" | "hold" | "swallow";
  /** Resolves when the flow is another. */
  changed: Promise<void>;
}

/** Looks at a piece before it goes on; true when it has dealt with it, and it must not go on. */
export type Inspector = (piece: Buffer) => boolean;

/** One direction of a connection: pieces leave in the order in which they came. */
export class Direction {
  #from: Socket;
  #to: Socket;
  #traffic: () => Traffic;
  #inspect: Inspector;
  #tail: Promise<void> = Promise.resolve();
  #isFull = false;

  constructor(from: Socket, to: Socket, traffic: () => Traffic, inspect: Inspector) {
    this.#from = from;
    this.#to = to;
    this.#traffic = traffic;
    this.#inspect = inspect;
    from.on("data", (piece: Buffer) => this.#add(() => this.#write(piece)));
    from.on("end", () => this.#add(() => void this.#to.end()));
  }

  #add(send: () => void): void {
    const due = Date.now() + this.#traffic().delayMs;
    this.#tail = this.#tail.then(async () => {
      const early = due - Date.now();
      if (early > 0) await sleep(early);
      while (this.#traffic().flow === "hold" && !this.#to.destroyed) await this.#traffic().changed;
      if (this.#traffic().flow === "pass" && !this.#to.destroyed) send();
    });
  }

  #write(piece: Buffer): void {
    if (this.#inspect(piece)) return;
    // What came before the pause is written too, and waits for the same end of it.
    if (this.#to.write(piece) || this.#isFull) return;
    this.#isFull = true;
    this.#from.pause();
    this.#to.once("drain", () => {
      this.#isFull = false;
      this.#from.resume();
    });
  }
}
