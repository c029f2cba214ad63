import { redisTicketStore } from "@evenmatch/adapter-redis";
import { MemoryEventBus, type Ticket } from "@evenmatch/core";
import type { Redis } from "ioredis";
import { Adapter } from "../deployment/owning-adapter.js";
import { Players, QUEUE } from "../deployment/players.js";
import { median } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { client, onServer, type BenchServer } from "./server.js";

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
const FEW = 1_000;
const MANY = 1_000_000;
/** Joins of a batch. */
const BATCH = 1_000;
const REGION = "eu";
const SEED = 77_003;
/** How many matches a claim is of, and how often one is measured. */
const CLAIMS = [1, 250] as const;
const ROUNDS = 40;

/** What a waiting ticket takes of the server's memory, with a million of them; the reference is its JSON text alone. */
const memory: Row = {
  name: "memory",
  unit: "B/ticket",
  goal: undefined,
  longest: 20,
  measure: () =>
    onServer(async (server) => {
      const crowd = new Crowd(server);
      const empty = await server.memory();
      const notes: string[] = [];
      let per = 0;
      for (const size of SIZES) {
        await crowd.grow(size);
        per = ((await server.memory()) - empty) / size;
        notes.push(`${figure(size)} waiting: ${figure(per)} B for each`);
      }
      await crowd.close();
      return { ours: per, reference: crowd.text / MANY, notes: [...notes, await server.describe()] };
    }),
};

/** What the server takes for a claim of 250 matches with their settling, with a million waiting and with a thousand. */
const claimCost: Row = {
  name: "claim.size",
  unit: "ms",
  goal: { of: "ratio", bound: "at most", limit: 3 },
  longest: 20,
  measure: () => onServer(compareClaims),
};

/**
 * The longest that a command holds the server up while somebody takes over a pool in which a million wait. The reference
 * is the longest while they joined, a thousand at a time.
 */
const handOver: Row = {
  name: "hand-over",
  unit: "ms",
  goal: { of: "ours", bound: "at most", limit: 10 },
  longest: 20,
  measure: () => onServer(watchHandOver),
};

export const sizes: readonly Row[] = [memory, claimCost, handOver];

/** People who wait in one pool. */
class Crowd {
  /** Bytes of JSON of all who wait. */
  text = 0;
  #size = 0;
  readonly players = new Players(SEED);
  readonly #redis: Redis;
  readonly #tickets;

  constructor({ url }: BenchServer) {
    this.#redis = client(url);
    this.#tickets = redisTicketStore(this.#redis);
  }

  async grow(size: number): Promise<void> {
    while (this.#size < size) {
      const joining = this.players.tickets(Math.min(BATCH, size - this.#size), REGION, Date.now());
      await this.join(joining);
      for (const ticket of joining) this.text += Buffer.byteLength(JSON.stringify(ticket));
      this.#size += joining.length;
    }
  }

  async join(tickets: readonly Ticket[]): Promise<void> {
    const requests = tickets.map((ticket) => ({ type: "join", ticket }) as const);
    const outcomes = await this.#tickets.submit(requests, { now: Date.now() });
    if (outcomes.some(({ type }) => type !== "added")) throw new Error("everybody who joins is added");
  }

  /** Somebody who runs the pool. */
  owner(): Adapter {
    return new Adapter({
      ports: { tickets: this.#tickets, events: new MemoryEventBus() },
      close: () => this.close(),
    });
  }

  async close(): Promise<void> {
    await this.#tickets.close();
    this.#redis.disconnect();
  }
}

async function compareClaims(server: BenchServer): Promise<Measurement> {
  const few = await costsWith(server, FEW);
  await server.empty();
  const many = await costsWith(server, MANY);
  const note = (size: number, costs: readonly number[]): string =>
    `${figure(size)} waiting: ${CLAIMS.map((count, index) => `${figure(costs[index]!)} ms for a claim of ${count}`).join(", ")}`;
  return {
    ours: many.at(-1)!,
    reference: few.at(-1)!,
    notes: [note(FEW, few), note(MANY, many), await server.describe()],
  };
}

/** The median of what the server takes for claims, by their size, in ms. */
async function costsWith(server: BenchServer, waiting: number): Promise<number[]> {
  const crowd = new Crowd(server);
  await crowd.grow(waiting);
  const owner = crowd.owner();
  owner.own(QUEUE);
  await owner.heard(waiting);
  const costs: number[] = [];
  let heard = waiting;
  for (const count of CLAIMS) {
    const took: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const now = Date.now();
      const tickets = crowd.players.tickets(2 * count, REGION, now);
      await crowd.join(tickets);
      await owner.heard((heard += tickets.length));
      await server.forgetSlow();
      await owner.claim(crowd.players.matches(tickets, now));
      await owner.heard((heard += tickets.length));
      took.push(await server.slowest());
    }
    costs.push(median(took));
  }
  await owner.close();
  return costs;
}

async function watchHandOver(server: BenchServer): Promise<Measurement> {
  const crowd = new Crowd(server);
  await server.forgetSlow();
  await crowd.grow(MANY);
  const joining = await server.slowest();
  await server.forgetSlow();
  const owner = crowd.owner();
  const started = performance.now();
  owner.own(QUEUE);
  await owner.heard(MANY);
  const took = performance.now() - started;
  const slowest = await server.slowest();
  await owner.close();
  return {
    ours: slowest,
    reference: joining,
    notes: [`${figure(MANY)} tickets were handed over in ${figure(took)} ms`, await server.describe()],
  };
}
