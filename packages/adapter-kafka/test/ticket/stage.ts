import type { Lease, Match, OwnerEvent, Request, Ticket } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, onTestFinished } from "vitest";
import { LogReader, type PartitionState } from "../../src/ticket/partition-state.js";
import type { Asked, Reply } from "../../src/ticket/requests.js";
import { FakePartition } from "./fake-partition.js";

export const NOW = 1_750_000_000_000;

export function ticket(name: string, players: readonly string[] = [name]): Ticket {
  const all = players.map((id) => ({ id, rating: 1500 }));
  return { id: `duel.eu.${name}`, queue: "duel", region: "eu", players: all, joinedAt: NOW };
}

export function match(name: string, tickets: readonly Ticket[]): Match {
  const teams = tickets.map((one) => [one]);
  return { id: `duel.eu.${name}`, queue: "duel", region: "eu", teams, quality: 1, createdAt: NOW };
}

export function request(one: Request): Asked {
  return { type: "request", request: one, at: NOW };
}

export function join(one: Ticket, more: Partial<Extract<Request, { type: "join" }>> = {}): Asked {
  return request({ type: "join", ticket: one, ...more });
}

/** Workers of one partition, and what they hear. */
export class Stage {
  readonly clock = new ManualClock({ warn: () => {} });
  readonly partition = new FakePartition(this.clock);
  readonly #workers: { stop(): Promise<void> }[] = [];

  worker(partitions?: number): {
    owner: ReturnType<FakePartition["worker"]>["owner"];
    heard: OwnerEvent[];
    leases: () => Lease[];
  } {
    const { owner, events } = this.partition.worker(partitions);
    this.#workers.push(owner);
    const heard: OwnerEvent[] = [];
    void (async () => {
      for await (const event of events) heard.push(event);
    })();
    const leases = (): Lease[] => heard.flatMap((one) => (one.type === "gained" ? [one.lease] : []));
    return { owner, heard, leases };
  }

  /** Lets time pass until something holds. */
  async until<T>(what: string, condition: () => T | undefined | false): Promise<T> {
    for (let turn = 0; turn < 2_000; turn++) {
      const value = condition();
      if (value) return value;
      await this.clock.advance(20);
    }
    return expect.fail(`waited in vain for ${what}`);
  }

  async replyTo(number: number): Promise<Reply> {
    const { replies } = this.partition;
    const find = (): Reply | undefined => replies.find(([one]) => one === number)?.[1];
    return this.until(`the reply to ${number}`, find);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((one) => one.stop()));
  }
}

/** One that is over with its test. */
export function stage(): Stage {
  const made = new Stage();
  onTestFinished(() => made.close());
  return made;
}

/** The partition as the next owner would have it. */
export function restored({ log }: FakePartition): PartitionState {
  const reader = new LogReader(() => {});
  for (const { key, value } of log) reader.add(key, value);
  const work = reader.restore({ retainMs: 60_000, dedupeMs: 600_000 }, { partitions: 1, key: "pool" });
  for (;;) {
    const { done, value } = work.next();
    if (done) return value.state;
  }
}
