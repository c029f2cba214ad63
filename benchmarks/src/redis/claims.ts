import { redisTicketStore } from "@evenmatch/adapter-redis";
import { MemoryEventBus, type Match, type Ticket } from "@evenmatch/core";
import type { Redis } from "ioredis";
import { Players, QUEUE } from "../deployment/players.js";
import { Adapter } from "../deployment/owning-adapter.js";
import { DEPTH, inChains, measured, REGIONS, timed, type Pair, type Round } from "../deployment/side.js";
import type { Measurement, Row } from "../row.js";
import { recording, type Sent } from "./recording.js";
import { client, onServer, type BenchServer } from "./server.js";

/** Matches of a batch: a claim and a settling for each make the thousand decisions that a matchmaker sends at once. */
const BATCH = 500;
const BATCHES = 10;
const ROUNDS = 5;
const SEED = 52_361;

/**
 * Joins and claims, in batches as processes under load make them, four at once, each a batch of joins and then one of
 * claims with their settling. The reference sends the very same scripts with the very same arguments through the driver
 * alone, at the same depth: they were noted while the adapter sent them once. Ours includes that the owner has heard of
 * everything. What is known of a script that claims pairs and does nothing else is held against the reference.
 */
export const claims: Row = {
  name: "claims",
  unit: "matches/s",
  goal: { of: "ratio", bound: "at least", limit: 0.6 },
  strength: { bound: "at least", limit: 71_000, known: 142_000 },
  measure: () => onServer(compare),
};

/** What one batch is: who joins, and their matches. */
interface Batch {
  readonly tickets: readonly Ticket[];
  readonly matches: readonly Match[];
}

async function compare(server: BenchServer): Promise<Measurement> {
  const rounds: Pair[] = [];
  const players = new Players(SEED);
  const alone: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const batches = batchesOf(players);
    const first = REGIONS.map((region) => players.ticket(region, Date.now()));
    const { sent, fences } = await noted(server, first, batches);
    const reference = await replayed(server, fences, sent);
    const ours = await run(server, first, batches);
    if (round < 0) continue;
    rounds.push({ ours, reference: reference.whole });
    alone.push(reference.claimsAlone);
  }
  const strength = Math.max(...alone);
  const note = `the claims of the reference alone: ${Math.round(strength).toLocaleString("en")} matches/s`;
  return { ...measured(rounds, [note, await server.describe()]), strength };
}

function batchesOf(players: Players): Batch[] {
  const now = Date.now();
  return Array.from({ length: BATCHES * DEPTH }, (_, index) => {
    const tickets = players.tickets(2 * BATCH, REGIONS[index % REGIONS.length]!, now);
    return { tickets, matches: players.matches(tickets, now) };
  });
}

/** An adapter that owns a pool of each region; each holds one who waits. */
async function owner(redis: Redis, first: readonly Ticket[]): Promise<Adapter> {
  const tickets = redisTicketStore(redis);
  const close = async (): Promise<void> => {
    await tickets.close();
    redis.disconnect();
  };
  const adapter = new Adapter({ ports: { tickets, events: new MemoryEventBus() }, close });
  await adapter.join(first);
  adapter.own(QUEUE);
  await adapter.heard(first.length);
  return adapter;
}

/** What the adapter sends for each batch: its joins, and its claims. */
interface Scripts {
  readonly joins: readonly Sent[];
  readonly claims: readonly Sent[];
}

/** Has the adapter do it once, and notes what it sends. */
async function noted(
  server: BenchServer,
  first: readonly Ticket[],
  batches: readonly Batch[],
): Promise<{ sent: Scripts[]; fences: Map<string, Record<string, string>> }> {
  await server.empty();
  const recorder = recording(client(server.url));
  const adapter = await owner(recorder.client, first);
  const sent: Scripts[] = [];
  for (const { tickets, matches } of batches) {
    recorder.taken();
    await adapter.join(tickets);
    const joins = ofTickets(recorder.taken());
    await adapter.claim(matches);
    sent.push({ joins, claims: ofTickets(recorder.taken()) });
  }
  const fences = new Map<string, Record<string, string>>();
  for (const region of REGIONS) {
    const key = `{evenmatch:${QUEUE}}:pool:${region}`;
    fences.set(key, await server.admin.hgetall(key));
  }
  await adapter.close();
  return { sent, fences };
}

/** Heartbeats of the owner may come in between: they are short, and no part of what is compared. */
function ofTickets(sent: readonly Sent[]): Sent[] {
  return sent.filter(([, args]) => args.length > 100);
}

/** Sends what was noted to an empty server whose pools have the owners that they had. */
async function replayed(
  server: BenchServer,
  fences: ReadonlyMap<string, Record<string, string>>,
  sent: readonly Scripts[],
): Promise<{ whole: Round; claimsAlone: number }> {
  const redis = client(server.url);
  const send = async (scripts: readonly Sent[]): Promise<void> => {
    for (const [command, args] of scripts) {
      const reply = await redis.call(command, args as (string | number)[]);
      if (!Array.isArray(reply) || (reply[0] as unknown[]).length > 0)
        throw new Error(`everything is as usual the second time, too: ${String(reply)}`);
    }
  };
  const prepared = async (): Promise<void> => {
    await server.empty();
    for (const [key, { fence, owner, until }] of fences)
      await server.admin.hset(key, { fence: fence!, owner: owner!, until: Number(until) + 60_000 });
  };
  try {
    await prepared();
    const whole = await timed(server, BATCH * sent.length, () =>
      inChains(sent, async (scripts) => {
        await send(scripts.joins);
        await send(scripts.claims);
      }),
    );
    await prepared();
    for (const { joins } of sent) await send(joins);
    const alone = await timed(server, BATCH * sent.length, () =>
      inChains(sent, (scripts) => send(scripts.claims)),
    );
    return { whole, claimsAlone: alone.perSecond };
  } finally {
    redis.disconnect();
  }
}

async function run(server: BenchServer, first: readonly Ticket[], batches: readonly Batch[]): Promise<Round> {
  await server.empty();
  const adapter = await owner(client(server.url), first);
  const round = await timed(server, BATCH * batches.length, async () => {
    await inChains(batches, async ({ tickets, matches }) => {
      await adapter.join(tickets);
      await adapter.claim(matches);
    });
    // Two joins, claimed, settled.
    await adapter.heard(first.length + 4 * BATCH * batches.length);
  });
  await adapter.close();
  return round;
}
