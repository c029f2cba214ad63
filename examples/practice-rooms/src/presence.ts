import type { Redis } from "ioredis";
import { after, every } from "./time.js";

/** How often a server says who is connected to it, and how long that counts without being said again, in ms. */
const EVERY = 2_000;
const COUNTS = 6_000;

/**
 * Keys: one for each of some people: servers by when their word ends, in the server's time.
 * Arguments: this server; how long its word counts, in ms.
 */
const SAY = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2])
  end`;

/**
 * Keys: of one person. Arguments: this server.
 * Promise: how many other servers they are connected to.
 */
const UNSAY = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  return redis.call('ZCARD', KEYS[1])`;

/** People of one script: more would hold up everybody else. */
const AT_ONCE = 500;

/**
 * Who is connected, to any of several servers. Somebody may have several connections; when the last one has been gone
 * for a while, wherever it was, they are gone.
 *
 * | this server | it has said so on Redis |
 * |---|---|
 * | has connections of theirs | yes, and says it again every two seconds |
 * | has lost the last one | yes, until the grace is over |
 * | has none | no; a server that has died says nothing any more, and six seconds later that is the same |
 */
export class Presence {
  readonly #connections = new Map<string, number>();
  /** Whose grace is over, and of whom it is to be seen whether they are elsewhere. */
  readonly #leaving = new Set<string>();
  readonly #graces = new Map<string, () => void>();
  readonly #stop: () => void;

  constructor(
    private readonly redis: Redis,
    private readonly options: { readonly prefix: string; readonly server: string; readonly graceMs: number },
    private readonly gone: (personId: string) => Promise<void>,
  ) {
    this.#stop = every(EVERY, () => this.sayAll());
  }

  /** How many connections of somebody this server has. */
  countOf(personId: string): number {
    return this.#connections.get(personId) ?? 0;
  }

  /** Everybody who is connected to this server. */
  people(): string[] {
    return [...this.#connections.keys()];
  }

  /** Somebody has one connection more. Resolves when all servers know that they are here, or Redis is away. */
  async came(personId: string): Promise<void> {
    this.#graces.get(personId)?.();
    this.#graces.delete(personId);
    this.#leaving.delete(personId);
    const before = this.countOf(personId);
    this.#connections.set(personId, before + 1);
    if (before === 0) await this.#say([personId]).catch(() => {});
  }

  /** Somebody has one connection less. */
  went(personId: string): void {
    const left = this.countOf(personId) - 1;
    if (left > 0) return void this.#connections.set(personId, left);
    this.#connections.delete(personId);
    this.#graces.set(
      personId,
      after(this.options.graceMs, () => {
        this.#graces.delete(personId);
        this.#leaving.add(personId);
        // Where Redis is away, the next round tries again.
        this.#settle(personId).catch(() => {});
      }),
    );
  }

  /** Says everything again, and settles what could not be. */
  async sayAll(): Promise<void> {
    const here = this.people();
    try {
      for (let first = 0; first < here.length; first += AT_ONCE)
        await this.#say(here.slice(first, first + AT_ONCE));
      for (const personId of [...this.#leaving]) await this.#settle(personId);
    } catch {
      // Redis is away; who waits is told of that, and the next round tries again.
    }
  }

  /** Says nothing any more; those who are here have to find another server. */
  close(): void {
    this.#stop();
    for (const cancel of this.#graces.values()) cancel();
  }

  async #settle(personId: string): Promise<void> {
    const elsewhere = await this.redis.eval(UNSAY, 1, this.#key(personId), this.options.server);
    // They may have come back meanwhile. Where it fails to take them out, the next round tries again.
    if (this.#leaving.has(personId) && elsewhere === 0) await this.gone(personId);
    this.#leaving.delete(personId);
  }

  async #say(people: readonly string[]): Promise<void> {
    const keys = people.map((id) => this.#key(id));
    await this.redis.eval(SAY, keys.length, ...keys, this.options.server, COUNTS);
  }

  #key(personId: string): string {
    return `{${this.options.prefix}}:here:${personId}`;
  }
}
