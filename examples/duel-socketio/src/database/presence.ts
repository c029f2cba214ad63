import type { Pool } from "pg";
import type { Gone, Presence } from "../presence.js";
import { after, every, now } from "../time.js";

/** How often a process says that it is there, and looks who has gone, in ms. */
const BEAT = 1_000;

/** A process that has not said so for this long besides the grace period is dead, and so are its sockets. */
const DEAD = 5_000;

/** How long dead processes are remembered. */
const FORGOTTEN = "1 hour";

const NOTE = `
  insert into duel.presence (player_id, process_id, left_at)
  select player, $2, case when here then null else now() end from unnest($1::text[], $3::boolean[]) as noted (player, here)
  on conflict (player_id, process_id) do update set left_at = excluded.left_at`;

const BEATS = `
  insert into duel.processes (id, name, seen_at) values ($1, $2, now())
  on conflict (id) do update set seen_at = now()`;

/**
 * Takes out every row whose grace period is over, and every row of a dead process; the players of whom none stays
 * are gone, or were lost with their process. A row is taken out by one process alone, so each is told of once.
 */
const REAP = `
  with live as (
    select id from duel.processes where seen_at > now() - $2 * interval '1 ms'
  ), staying as (
    select player_id, process_id from duel.presence
    where (left_at is null or left_at > now() - $1 * interval '1 ms') and process_id in (select id from live)
  ), out as (
    delete from duel.presence as row
    where (row.left_at <= now() - $1 * interval '1 ms' or row.process_id not in (select id from live))
    returning row.player_id, row.left_at is null as is_lost
  )
  select player_id, bool_or(is_lost) as is_lost from out
  where player_id not in (select player_id from staying) group by player_id`;

const ANYWHERE = `
  select from duel.presence join duel.processes on id = process_id
  where player_id = $1 and left_at is null and seen_at > now() - $2 * interval '1 ms'`;

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
  #isClosed = false;
  #beating: Promise<void> | undefined;
  readonly #stop: () => void;

  constructor(
    private readonly pool: Pool,
    private readonly process: { readonly id: string; readonly name: string },
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
    if (this.socketsOf(playerId) > 0) return true;
    const { rowCount } = await this.pool.query(ANYWHERE, [playerId, this.graceMs + DEAD]);
    return rowCount !== 0;
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
        await this.pool.query(NOTE, [[...notes.keys()], this.process.id, [...notes.values()]]);
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
    // Others have taken this process for dead when it could not say otherwise, and its players for gone.
    if (now() - this.#beatAt > DEAD) for (const id of this.#sockets.keys()) this.#notes.set(id, true);
    try {
      await this.pool.query(BEATS, [this.process.id, this.process.name]);
      this.#beatAt = now();
      if (this.#notes.size > 0) await (this.#writing ??= this.#write());
      const dead = this.graceMs + DEAD;
      const { rows } = await this.pool.query<{ player_id: string; is_lost: boolean }>(REAP, [
        this.graceMs,
        dead,
      ]);
      for (const { player_id, is_lost } of rows) this.gone(player_id, is_lost);
      await this.pool.query(`delete from duel.processes where seen_at < now() - interval '${FORGOTTEN}'`);
    } catch (error) {
      console.error(error);
    }
  }
}
