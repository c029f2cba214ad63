import { kafkaEventBus, kafkaTicketStore } from "@evenmatch/adapter-kafka";
import type { BusEvent, EventBus, Match, Ticket } from "@evenmatch/core";
import type { Kafka } from "kafkajs";
import { Adapter } from "../deployment/owning-adapter.js";
import { Players, QUEUE } from "../deployment/players.js";
import { DEPTH, inChains, measured, REGIONS, timed, type Pair, type Round } from "../deployment/side.js";
import type { Measurement, Row } from "../row.js";
import { figure } from "../report.js";
import { Bare, type Sent, type Topics } from "./bare.js";
import { PATIENCE } from "./engine.js";
import { recording } from "./recording.js";
import { client, onServer, type BenchServer, type Layout } from "./server.js";
import { producedPerSecond, PRODUCED, TRANSACTIONS, transactionsPerSecond } from "./strength.js";

/** Matches of a batch: a claim and a settling for each make the thousand decisions that a matchmaker sends at once. */
const BATCH = 500;
const BATCHES = 8;
const ROUNDS = 5;
const SEED = 60_913;

const LAYOUT: Layout = { queue: QUEUE, partitions: REGIONS.length };

/**
 * Joins, their claims and settlings, their announcement and delivery, in batches as processes under load make them: four
 * pools on four partitions, each one batch after the other. The reference sends and reads the very same records through
 * the driver alone, at the same depth: they were noted while the adapter sent them once. Ours includes that the owner has
 * heard of everything. What is known of the driver is held against what it does alone in this run.
 */
export const throughput: Row = {
  name: "throughput",
  unit: "matches/s",
  goal: { of: "ratio", bound: "at least", limit: 0.6 },
  strength: { bound: "at least", limit: 0.5, known: 1 },
  longest: 15,
  measure: () => onServer(LAYOUT, compare),
};

/** What one batch is: who joins, and their matches. */
interface Batch {
  readonly partition: number;
  readonly tickets: readonly Ticket[];
  readonly matches: readonly Match[];
}

/** What the adapter sends for a batch. */
interface Script {
  readonly partition: number;
  readonly joins: Sent;
  readonly steps: readonly Sent[];
}

async function compare(server: BenchServer): Promise<Measurement> {
  const produced = await producedPerSecond(server.kafka);
  const transactions = await transactionsPerSecond(server.kafka);
  const players = new Players(SEED);
  const rounds: Pair[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const first = REGIONS.map((region) => players.ticket(region, Date.now()));
    const batches = batchesOf(players);
    const scripts = await noted(server, `noted${round}`, first, batches);
    const reference = await replayed(server, `bare${round}`, scripts);
    const ours = await run(server, `ours${round}`, first, batches);
    if (round >= 0) rounds.push({ ours, reference });
  }
  return {
    ...measured(rounds, [
      `the driver alone: ${figure(produced)} records/s in batches of 1,000, ${figure(transactions)} transactions/s; ${figure(PRODUCED)} and ${figure(TRANSACTIONS)} are known`,
      await server.describe(),
    ]),
    strength: Math.min(produced / PRODUCED, transactions / TRANSACTIONS),
  };
}

function batchesOf(players: Players): Batch[] {
  const now = Date.now();
  return Array.from({ length: BATCHES * DEPTH }, (_, index) => {
    const partition = index % REGIONS.length;
    const tickets = players.tickets(2 * BATCH, REGIONS[partition]!, now);
    return { partition, tickets, matches: players.matches(tickets, now) };
  });
}

/** The adapter on topics of its own, as the owner of all pools. */
export class Side {
  readonly #adapter: Adapter;
  readonly #events: EventBus;
  #changes = 0;

  private constructor(kafka: Kafka, prefix: string) {
    const tickets = kafkaTicketStore(kafka, { prefix, regions: REGIONS, timeoutMs: PATIENCE });
    const events = kafkaEventBus(kafka, { topic: topicsOf(prefix).events });
    const close = async (): Promise<void> => {
      await Promise.all([tickets.close(), events.close()]);
    };
    this.#events = events;
    this.#adapter = new Adapter({ ports: { tickets, events }, close });
  }

  /** Resolves when it owns a pool of each region; in each somebody waits, who joined first. */
  static async open(kafka: Kafka, prefix: string, first: readonly Ticket[]): Promise<Side> {
    const side = new Side(kafka, prefix);
    side.#adapter.own(QUEUE);
    await side.join(first);
    await side.heard();
    return side;
  }

  async join(tickets: readonly Ticket[]): Promise<void> {
    await this.#adapter.join(tickets);
    this.#changes += tickets.length;
  }

  /** From the claim of matches until nothing is left to do for them. */
  async finish(matches: readonly Match[], done: () => void = () => {}): Promise<void> {
    await this.#adapter.claim(matches);
    done();
    await this.#events.publish(
      matches.map((match, seq): BusEvent => {
        const { queue, region, createdAt: at } = match;
        return { v: 1, type: "match.settled", at, pool: { queue, region }, seq, data: { match } };
      }),
      {},
    );
    done();
    await this.#adapter.deliver(matches);
    done();
    this.#changes += 3 * matches.length;
  }

  /** Resolves when the owner has heard of everything. */
  heard(): Promise<void> {
    return this.#adapter.heard(this.#changes);
  }

  close(): Promise<void> {
    return this.#adapter.close();
  }
}

/** The topics of a side, as the adapter names them. */
export function topicsOf(prefix: string): Topics {
  const requests = `${prefix}.${QUEUE}`;
  return { requests, log: `${requests}.log`, answers: `${prefix}-answers`, events: `${prefix}-events` };
}

/** Has the adapter do it once, and notes what it sends. */
async function noted(
  server: BenchServer,
  prefix: string,
  first: readonly Ticket[],
  batches: readonly Batch[],
): Promise<Script[]> {
  await server.make(LAYOUT, prefix);
  const recorder = recording(client(server.url), topicsOf(prefix));
  const side = await Side.open(recorder.client, prefix, first);
  const scripts: Script[] = [];
  for (const { partition, tickets, matches } of batches) {
    recorder.taken();
    await side.join(tickets);
    const joins = recorder.taken();
    const steps: Sent[] = [];
    await side.finish(matches, () => steps.push(recorder.taken()));
    scripts.push({ partition, joins, steps });
  }
  await side.close();
  return scripts;
}

async function replayed(server: BenchServer, prefix: string, scripts: readonly Script[]): Promise<Round> {
  await server.make(LAYOUT, prefix);
  const bare = new Bare(client(server.url), prefix, topicsOf(prefix), LAYOUT.partitions);
  await bare.open();
  const round = await timed(server, BATCH * scripts.length, () =>
    inChains(scripts, async ({ partition, joins, steps }) => {
      await bare.join(partition, joins);
      for (const step of steps) await bare.write(partition, step);
    }),
  );
  await bare.close();
  return round;
}

async function run(
  server: BenchServer,
  prefix: string,
  first: readonly Ticket[],
  batches: readonly Batch[],
): Promise<Round> {
  await server.make(LAYOUT, prefix);
  const side = await Side.open(client(server.url), prefix, first);
  const round = await timed(server, BATCH * batches.length, async () => {
    await inChains(batches, async ({ tickets, matches }) => {
      await side.join(tickets);
      await side.finish(matches);
    });
    await side.heard();
  });
  await side.close();
  return round;
}
