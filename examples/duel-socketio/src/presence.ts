import { after } from "./time.js";

/**
 * Who is connected. A player may have several sockets; when the last one goes, a grace period starts, and unless
 * one comes back meanwhile the player is gone.
 */
export interface Presence {
  /** How many sockets of a player this process has. */
  socketsOf(playerId: string): number;
  came(playerId: string): void;
  went(playerId: string): void;
  close(): Promise<void> | void;
}

/** Who is connected to the only process there is. */
export class OwnPresence implements Presence {
  readonly #sockets = new Map<string, number>();
  readonly #graces = new Map<string, () => void>();

  constructor(
    private readonly graceMs: number,
    private readonly gone: (playerId: string) => void,
  ) {}

  socketsOf(playerId: string): number {
    return this.#sockets.get(playerId) ?? 0;
  }

  came(playerId: string): void {
    this.#endGrace(playerId);
    this.#sockets.set(playerId, this.socketsOf(playerId) + 1);
  }

  went(playerId: string): void {
    const left = this.socketsOf(playerId) - 1;
    if (left > 0) {
      this.#sockets.set(playerId, left);
      return;
    }
    this.#sockets.delete(playerId);
    const over = (): void => {
      this.#graces.delete(playerId);
      this.gone(playerId);
    };
    this.#graces.set(playerId, after(this.graceMs, over));
  }

  close(): void {
    for (const playerId of [...this.#graces.keys()]) this.#endGrace(playerId);
  }

  #endGrace(playerId: string): void {
    this.#graces.get(playerId)?.();
    this.#graces.delete(playerId);
  }
}
