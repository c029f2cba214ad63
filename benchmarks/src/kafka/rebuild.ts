import type { Ticket } from "@evenmatch/core";
import kafkajs from "kafkajs";
import type { EngineServer, Place } from "../deployment/engine.js";
import type { Stand } from "../deployment/node.js";
import { Nodes, serveNode } from "../deployment/nodes.js";
import { Players, QUEUE } from "../deployment/players.js";
import { inChains } from "../deployment/side.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { engineOf } from "./engine.js";
import { client } from "./server.js";
import { Side } from "./throughput.js";

const DECISIONS = 1_000_000;
/** A claim, a settling and a delivery. */
const PER_MATCH = 3;
const WAITING = 10_000;
const BATCH = 500;
/** Of match time, in ms: so long the matches before took, at a rate that one partition may see, and so long they are remembered. */
const SPAN = 1_800_000;
const REGION = "region-0";
const SEED = 31_607;

/** The times of compaction, as brokers and topics have them by default, are shortened as much as match time is. */
const SHORTENED = 15;
const SETTINGS = {
  "log.cleaner.backoff.ms": 15_000 / SHORTENED,
  "log.cleaner.dedupe.buffer.size": 128 * 2 ** 20,
};
const SHORTENED_SETTINGS = ["delete.retention.ms", "segment.ms"];

/** The session time of workers, and what may pass beyond it, in ms. */
const SESSION = 6_000;
const BEYOND = 5_000;
const PATIENCE = 120_000;

/**
 * How soon a pool is run again whose owner was killed with −9, where a million decisions have gone through its log within
 * half an hour and ten thousand wait: all on one partition. The reference is the session time, after which the group gives the partition
 * to another worker.
 */
export function rebuild(bench: string): Row {
  const name = "rebuild";
  const engine = engineOf(1, SETTINGS);
  return {
    name,
    unit: "ms",
    goal: { of: "ours", bound: "at most", limit: SESSION + BEYOND },
    longest: 20,
    measure: () => engine.onServer((server) => measure({ bench, row: name }, server)),
    serve: serveNode(engine),
  };
}

async function measure(place: Place, server: EngineServer): Promise<Measurement> {
  await shorten(server.url);
  const filled = performance.now();
  await fill(server.url);
  const started = performance.now();
  const nodes = new Nodes(place, server, { api: 0, workers: 2 });
  const owner = await whoRuns(nodes, [0, 1]);
  const ready = performance.now();
  await nodes.workers[owner]!.kill();
  const killed = performance.now();
  const other = 1 - owner;
  await whoRuns(nodes, [other]);
  const ours = performance.now() - killed;
  await nodes.workers[other]!.kill();
  return {
    ours,
    reference: SESSION,
    notes: [
      `the decisions were made in ${figure((started - filled) / 1_000)} s`,
      `two workers that started with nobody before them ran the pool after ${figure(ready - started)} ms`,
      await server.describe(),
    ],
  };
}

/** What a topic was made with stands beside the setting that is changed, which the driver would set back. */
async function shorten(url: string): Promise<void> {
  const admin = client(url).admin();
  await admin.connect();
  const name = `match.${QUEUE}.log`;
  const { resources } = await admin.describeConfigs({
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }],
    includeSynonyms: false,
  });
  const configEntries = resources[0]!.configEntries
    .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
    .map(({ configName, configValue }) => {
      const isTime = SHORTENED_SETTINGS.includes(configName);
      return { name: configName, value: isTime ? `${Number(configValue) / SHORTENED}` : configValue };
    });
  if (configEntries.length < SHORTENED_SETTINGS.length) throw new Error("the log has settings of its own");
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries }],
  });
  await admin.disconnect();
}

/**
 * Has an owner decide as often, and leave those who wait. Match time is an argument, so half an hour of it passes in a few
 * minutes: what ended is remembered for a minute of it, as where so many decisions take half an hour.
 */
async function fill(url: string): Promise<void> {
  const players = new Players(SEED);
  const end = Date.now();
  const side = await Side.open(client(url), "match", [apart(players, 0, end - SPAN)]);
  const batches = Array.from({ length: Math.ceil(DECISIONS / PER_MATCH / BATCH) }, (_, index) => index);
  await inChains(batches, async (index) => {
    const now = end - SPAN + Math.round((SPAN * index) / batches.length);
    const tickets = players.tickets(2 * BATCH, REGION, now);
    await side.join(tickets);
    await side.finish(players.matches(tickets, now));
  });
  for (let made = 1; made < WAITING; made += 2 * BATCH)
    await side.join(Array.from({ length: 2 * BATCH }, (_, index) => apart(players, made + index, end)));
  await side.heard();
  await side.close();
}

/** One who meets nobody. */
function apart(players: Players, index: number, now: number): Ticket {
  const ticket = players.ticket(REGION, now);
  return { ...ticket, players: [{ ...ticket.players[0]!, rating: 1_000 * index }] };
}

/** Which of these workers runs the pool, as soon as one does. */
async function whoRuns(nodes: Nodes, among: readonly number[]): Promise<number> {
  for (const end = Date.now() + PATIENCE; ;) {
    for (const one of among) {
      const { pools } = await nodes.workers[one]!.ask<Stand>({ type: "stand" });
      if (pools > 0) return one;
    }
    if (Date.now() > end) throw new Error("nobody runs the pool");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
