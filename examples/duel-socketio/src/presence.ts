import { after } from "./time.js";

/**
 * Who is connected. A player may have several sockets; when the last one goes, a grace period starts, and unless
 * one comes back meanwhile the player is gone.
 */
export interface Presence {
  /** How many sockets of a player this process has. */
  socketsOf(playerId: string): number;
  /** Resolves when everybody knows who has to. */
  came(playerId: string): Promise<void> | void;
  went(playerId: string): void;
  /** Whether the player is connected, to this process or another one. */
  isAnywhere(playerId: string): Promise<boolean> | boolean;
  close(): Promise<void> | void;
}

/**
 * Told of who has lost every connection and has not come back in time. With `isLost` they were never seen to go: their
 * process has died, and their tickets expire by themselves.
 */
export type Gone = (playerId: string, isLost: boolean) => void;

/** Who is connected to the only process there is. */
export class OwnPresence implements Presence {
  readonly #sockets = new Map<string, number>();
  readonly #graces = new Map<string, () => void>();

  constructor(
    private readonly graceMs: number,
    private readonly gone: Gone,
  ) {}

  socketsOf(playerId: string): number {
    return this.#sockets.get(playerId) ?? 0;
  }

  isAnywhere(playerId: string): boolean {
    return this.socketsOf(playerId) > 0;
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
      this.gone(playerId, false);
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
