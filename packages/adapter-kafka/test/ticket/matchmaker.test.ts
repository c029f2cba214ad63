import { Matchmaker, OneVsOne, type Match, type Ticket } from "@evenmatch/core";
import { poolOf } from "@evenmatch/core/adapter";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import type { KafkaTicketStoreOptions } from "../../src/index.js";
import { ticketStoreSubject } from "./subject.js";

const PLAYERS = 60;
const PARTITIONS = 3;
const REGIONS = ["eu", "us", "asia"];
const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };

/** Processes that share a queue on Kafka, and hear of each other by the store alone. */
async function cluster(options: KafkaTicketStoreOptions = {}) {
  const subject = await ticketStoreSubject(sharedKafka(), { ...options, partitions: { duel: PARTITIONS } });
  const problems: unknown[] = [];
  const matchmaker = (): Matchmaker<typeof queues> =>
    new Matchmaker({ queues, tickets: subject.store({ onProblem: (error) => problems.push(error) }) });
  const all = [matchmaker(), matchmaker(), matchmaker()] as const;
  onTestFinished(async () => {
    await Promise.all(all.map((one) => one.close()));
    await subject.close();
  });
  const [api, first, second] = all;
  await Promise.all([first.start(), second.start()]);
  const matches = new Map<string, Match>();
  api.on("match", (match) => matches.set(match.id, match));
  const join = (id: string, index = 0, rating = 1500): Promise<Ticket> =>
    api.join("duel", { region: REGIONS[index % REGIONS.length]!, players: [{ id, rating }] });
  const joinAll = (from: string): Promise<Ticket[]> =>
    Promise.all(Array.from({ length: PLAYERS }, (_, index) => join(`${from} ${index}`, index)));
  const matched = (): string[] =>
    [...matches.values()].flatMap(({ teams }) => teams.flat().map(({ id }) => id)).sort();
  return { api, first, problems, matches, join, joinAll, matched };
}

it("matches who joined in one process in another, and goes on when that one stops", async () => {
  const { api, first, problems, matches, join, joinAll, matched } = await cluster();
  const some = await joinAll("one");
  await vi.waitUntil(() => matches.size === PLAYERS / 2, { timeout: 20_000 });
  await first.close();
  const others = await joinAll("other");
  await vi.waitUntil(() => matches.size === PLAYERS, { timeout: 20_000 });
  expect(matched()).toEqual([...some, ...others].map(({ id }) => id).sort());
  const lone = await join("lone", 0, 9_000);
  expect(await api.ticketOf("lone", { queue: "duel" })).toMatchObject({ ticket: { id: lone.id } });
  expect(await api.explain(lone.id)).toMatchObject({ ticketId: lone.id });
  await api.leave(lone.id);
  expect(await api.ticketOf("lone", { queue: "duel" })).toBeUndefined();
  expect(problems).toEqual([]);
});

it("spreads a pool over all partitions where tickets have no key, each of which is a pool of its own", async () => {
  const { api, problems, matches, join, joinAll, matched } = await cluster({ key: "none" });
  const tickets = await joinAll("one");
  // In each pool one may be left alone.
  const fewest = (PLAYERS - PARTITIONS * REGIONS.length) / 2;
  await vi.waitUntil(() => matches.size >= fewest, { timeout: 20_000 });
  expect(new Set(matched()).size).toBe(matched().length);
  for (const { id, partition } of matches.values()) expect(poolOf(id)?.partition).toBe(partition);
  const used = new Set(Array.from(matches.values(), ({ partition }) => partition));
  expect([...used].sort()).toEqual([0, 1, 2]);
  expect(tickets.map(({ id }) => poolOf(id)?.partition)).toEqual(tickets.map(() => undefined));
  // Somebody alone is on one partition, and whoever asks how long it takes is told by that one.
  for (const region of ["r0", "r1", "r2", "r3"]) {
    await api.join("duel", { region, players: [{ id: region, rating: 1500 }] });
    expect(await api.estimate("duel", { region, rating: 1500 })).toHaveProperty("observed");
  }
  const lone = await join("lone", 0, 9_000);
  expect(await api.ticketOf("lone", { queue: "duel" })).toMatchObject({ ticket: { id: lone.id } });
  expect(await api.explain(lone.id)).toMatchObject({ ticketId: lone.id });
  await api.leave(lone.id);
  expect(await api.ticketOf("lone", { queue: "duel" })).toBeUndefined();
  expect(problems).toEqual([]);
});
