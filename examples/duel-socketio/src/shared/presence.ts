import type { Gone, Presence } from "../presence.js";
import { after, every, now } from "../time.js";

/** How often a process says that it is there, and looks who has gone, in ms. */
const BEAT = 1_000;

/** A process that has not said so for this long besides the grace period is dead, and so are its sockets. */
const DEAD = 5_000;

/** Whoever has no connection any more. */
export interface GonePlayer {
  readonly playerId: string;
  /** They were never seen to go: their process has died. */
  readonly isLost: boolean;
}

/** Who has connections at which process, as all processes see it; times are those of the server that keeps it. */
export interface PresenceRows {
  /** Writes down who is at a process, and who has just left it. */
  note(processId: string, players: ReadonlyMap<string, boolean>): Promise<void>;
  /** A process lives. False where nobody knew of it: what it had noted may be gone. */
  beat(process: ProcessName): Promise<boolean>;
  /**
   * Takes out every row whose grace period is over, and every row of a process that has not lived for `deadMs`; the
   * players of whom none stays are gone, or were lost with their process. Each is told of once, to one process alone.
   */
  reap(graceMs: number, deadMs: number): Promise<GonePlayer[]>;
  /** Whether the player has a connection at a process that has lived within `deadMs`. */
  isAnywhere(playerId: string, deadMs: number): Promise<boolean>;
}

/** One process, by an id that no other one ever had. */
export interface ProcessName {
  readonly id: string;
  readonly name: string;
}

/**
 * Who is connected, to any of several processes. Each writes down of whom it has sockets, and says every second that
 * it lives; whose last socket is gone for the grace period, anywhere, is gone. Those whose process says nothing any
 * more are lost, unless they have come to another one: it may have been killed, or have too much to do.
 */
export class SharedPresence implements Presence {
  readonly #sockets = new Map<string, number>();
  /** What has to be written: who is here, and who no longer. */
  #notes = new Map<string, boolean>();
  #writing: Promise<void> | undefined;
  #beatAt = now();
  #isKnown = false;
  #isClosed = false;
  #beating: Promise<void> | undefined;
  readonly #stop: () => void;

  constructor(
    private readonly rows: PresenceRows,
    private readonly process: ProcessName,
    private readonly graceMs: number,
    private readonly gone: Gone,
  ) {
    this.#beatOnce();
    this.#stop = every(BEAT, () => this.#beatOnce());
  }

  socketsOf(playerId: string): number {
    return this.#sockets.get(playerId) ?? 0;
  }

  async came(playerId: string): Promise<void> {
    const before = this.socketsOf(playerId);
    this.#sockets.set(playerId, before + 1);
    if (before === 0) this.#note(playerId, true);
    await this.#writing;
    // Where writing failed it is tried again at the next beat.
    while (this.#notes.has(playerId) && !this.#isClosed)
      await new Promise<void>((again) => after(BEAT / 10, again));
  }

  async isAnywhere(playerId: string): Promise<boolean> {
    return this.socketsOf(playerId) > 0 || this.rows.isAnywhere(playerId, this.graceMs + DEAD);
  }

  went(playerId: string): void {
    const left = this.socketsOf(playerId) - 1;
    if (left > 0) this.#sockets.set(playerId, left);
    else {
      this.#sockets.delete(playerId);
      this.#note(playerId, false);
    }
  }

  /** What is noted is written before this resolves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    await this.#beating;
    await (this.#writing ??= this.#write());
  }

  #note(playerId: string, isHere: boolean): void {
    this.#notes.set(playerId, isHere);
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // Whoever comes and goes in the same turn of the event loop is written together.
    await Promise.resolve();
    while (this.#notes.size > 0) {
      const notes = this.#notes;
      this.#notes = new Map();
      try {
        await this.rows.note(this.process.id, notes);
      } catch (error) {
        // The next beat tries again; what was noted since is newer.
        this.#notes = new Map([...notes, ...this.#notes]);
        console.error(error);
        break;
      }
    }
    this.#writing = undefined;
  }

  #beatOnce(): void {
    this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
  }

  async #beat(): Promise<void> {
    try {
      const wasKnown = await this.rows.beat(this.process);
      // Others have taken this process for dead when it could not say otherwise, or what was kept is lost.
      if ((this.#isKnown && !wasKnown) || now() - this.#beatAt > DEAD)
        for (const id of this.#sockets.keys()) this.#notes.set(id, true);
      this.#isKnown = true;
      this.#beatAt = now();
      if (this.#notes.size > 0) await (this.#writing ??= this.#write());
      const gone = await this.rows.reap(this.graceMs, this.graceMs + DEAD);
      for (const { playerId, isLost } of gone) this.gone(playerId, isLost);
    } catch (error) {
      console.error(error);
    }
  }
}
