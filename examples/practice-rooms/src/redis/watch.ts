import type { Redis } from "ioredis";
import type { Refusal } from "../refusal.js";
import { after, every } from "../time.js";
import { unavailable } from "./available.js";

/** How often it is asked, and how long it may take to answer, in ms. */
const EVERY = 500;
const PATIENCE = 1_500;

/** What is to be done when Redis goes and when it is back. */
export interface Reactions {
  lost(): void;
  /** Goes on where it was; until it has, Redis counts as lost. */
  back(): Promise<void>;
}

/** Knows whether Redis answers, and says so when that changes. */
export class RedisWatch {
  #isLost = false;
  readonly #stop: () => void;

  constructor(
    private readonly redis: Redis,
    private readonly reactions: Reactions,
  ) {
    this.#stop = every(EVERY, () => this.#look());
    redis.on("close", this.#closed);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  refuseIfLost(): void {
    if (this.#isLost) throw this.refusal();
  }

  /** What callers are told while Redis is away. */
  refusal(): Refusal {
    return unavailable();
  }

  close(): void {
    this.#stop();
    this.redis.off("close", this.#closed);
  }

  readonly #closed = (): void => this.#lose();

  async #look(): Promise<void> {
    if (!(await this.#answers())) this.#lose();
    else if (this.#isLost) await this.#regain();
  }

  async #regain(): Promise<void> {
    await this.reactions.back();
    this.#isLost = false;
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.reactions.lost();
  }

  /** A server that hangs is as good as none. */
  async #answers(): Promise<boolean> {
    const late = new Promise<false>((resolve) => after(PATIENCE, () => resolve(false)));
    return Promise.race([
      late,
      this.redis.ping().then(
        () => true,
        () => false,
      ),
    ]);
  }
}
