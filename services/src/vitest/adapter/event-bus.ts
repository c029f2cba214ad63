import { fork, type ChildProcess } from "node:child_process";
import {
  systemClock,
  type BusEvent,
  type Clock,
  type EventBus,
  type Millis,
  type PoolKey,
  type Subscription,
} from "@evenmatch/core";
import { vi } from "vitest";

/** The pool whose events tests of buses publish. */
export const POOL: PoolKey = { queue: "duel", region: "eu" };

/** The n-th event of a pool. */
export function event(seq: number, pool = POOL, matchId = `m${seq}`): BusEvent {
  return { v: 1, type: "match.delivered", at: 1_000 + seq, pool, seq, data: { matchId } };
}

/** The events of a pool from one number until before another. */
export function events(from: number, until: number, pool = POOL): BusEvent[] {
  return numbers(from, until).map((seq) => event(seq, pool));
}

/** The numbers of events; errors among them are -1. */
export const seqs = (heard: readonly BusEvent[]): number[] =>
  heard.map(({ type, seq }) => (type === "error" ? -1 : seq));

/** Whole numbers from one until before another. */
export const numbers = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index);

/** Each number once, where it came first. */
export const once = (list: readonly number[]): number[] => [...new Set(list)];

/** A clock on which waits of so many ms and more are over a hundred times sooner. */
export function hurried(least: Millis = 0): Clock {
  const clock = systemClock();
  const at: Clock["at"] = (when, run) => {
    const wait = when - clock.now();
    return clock.at(clock.now() + (wait < least ? wait : wait / 100), run);
  };
  return { now: () => clock.now(), stopwatch: () => clock.stopwatch(), at };
}

/** A subscription, and what it has heard. */
export interface Heard {
  readonly heard: BusEvent[];
  readonly subscription: Subscription;
}

/** Subscribes, and writes down what is heard. */
export async function listen(
  bus: EventBus,
  { group, handle }: { group?: string; handle?: (events: readonly BusEvent[]) => void | Promise<void> } = {},
): Promise<Heard> {
  const heard: BusEvent[] = [];
  const subscription = await bus.subscribe(
    async (batch) => {
      heard.push(...batch);
      await handle?.(batch);
    },
    { group },
  );
  return { heard, subscription };
}

/** A handler that handles everything but one event, what it has handled, and how large the batches were with that one. */
export function poisoned(seq: number): {
  readonly handled: BusEvent[];
  readonly tries: number[];
  readonly handle: (batch: readonly BusEvent[]) => void;
} {
  const handled: BusEvent[] = [];
  const tries: number[] = [];
  const handle = (batch: readonly BusEvent[]): void => {
    if (seqs(batch).includes(seq)) {
      tries.push(batch.length);
      throw new Error("I cannot stand it");
    }
    handled.push(...batch);
  };
  return { handled, tries, handle };
}

interface Message {
  readonly ready?: boolean;
  readonly began?: readonly number[];
  readonly finished?: readonly number[];
}

/** A member of a group in a process of its own, to be killed. */
export class MemberProcess implements AsyncDisposable {
  readonly began: number[] = [];
  readonly finished: number[] = [];
  readonly #child: ChildProcess;
  #isReady = false;
  readonly #ended: Promise<void>;

  private constructor(program: string, args: readonly string[]) {
    const execArgv = ["--import", "tsx", "--conditions=evenmatch-source"];
    this.#child = fork(program, args, { execArgv });
    this.#ended = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", ({ ready, began = [], finished = [] }: Message) => {
      this.#isReady ||= ready === true;
      this.began.push(...began);
      this.finished.push(...finished);
    });
  }

  /** Starts a program that tells its parent when it is ready, and of each batch when it begins and when it has finished it. */
  static async start(program: string, args: readonly string[]): Promise<MemberProcess> {
    const member = new MemberProcess(program, args);
    await vi.waitUntil(() => member.#isReady, { timeout: 30_000, interval: 5 });
    return member;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
