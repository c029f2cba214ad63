import type { Decision, EvenmatchError, Query, Request, Ticket } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { encodeValue, matchKey } from "../../src/ticket/log-record.js";
import { fault, refused } from "../faults/row.js";
import { makeAnew } from "../topic/made-anew.js";
import { running } from "./running.js";
import { ticketStoreSubject, type Subject } from "./subject.js";

const NOW = 1_750_000_000_000;

function ticket(name: string, text = ""): Ticket {
  const players = [{ id: name, rating: 1500, attributes: { text } }];
  return { id: `duel.eu.${name}`, queue: "duel", region: "eu", players, joinedAt: NOW };
}

function join(one: Ticket): Request {
  return { type: "join", ticket: one };
}

async function subjectWith(options: Parameters<typeof ticketStoreSubject>[1] = {}): Promise<
  Subject & {
    problems: EvenmatchError[];
    write(topic: string, messages: { key: string | null; value: string | null }[]): Promise<void>;
  }
> {
  const problems: EvenmatchError[] = [];
  const onProblem = (error: EvenmatchError): void => void problems.push(error);
  const subject = await ticketStoreSubject(sharedKafka(), { onProblem, ...options });
  const producer = subject.kafka.producer();
  await producer.connect();
  onTestFinished(async () => {
    await producer.disconnect();
    await subject.close();
  });
  const write = async (topic: string, messages: { key: string | null; value: string | null }[]) => {
    await producer.send({ topic, messages });
  };
  return { ...subject, problems, write };
}

fault("a request cannot be read", async (row) => {
  const { names, problems, write, ...subject } = await subjectWith();
  const store = subject.store();
  const owner = running(store);
  const bad = [
    "no JSON",
    '{"v":2}',
    '{"v":1,"from":{"id":"x","partition":0},"items":[[1,{"type":"request"}]]}',
  ];
  await write(
    names.requests("duel"),
    [...bad, null].map((value) => ({ key: "duel.eu", value })),
  );
  expect(await store.submit([join(ticket("a"))], { now: NOW })).toMatchObject([{ type: "added" }]);
  expect(problems.map(({ code, retryable }) => [code, retryable])).toEqual(
    Array.from({ length: 4 }, () => [row.code, row.retryable]),
  );
  expect(problems[0]!.message).toContain('"offset":"0"');
  await owner.stop();
  await using next = running(subject.store());
  await vi.waitUntil(() => next.lease(), { timeout: 20_000 });
  expect(problems.length).toBe(4);
});

fault("a record of the log cannot be read", async (row) => {
  const { names, problems, write, ...subject } = await subjectWith();
  const store = subject.store();
  const owner = running(store);
  await store.submit([join(ticket("a")), join(ticket("b"))], { now: NOW });
  await owner.stop();
  const misplaced = encodeValue({ type: "ticket", state: "waiting", joined: 1, ticket: ticket("c") });
  await write(names.log("duel"), [
    { key: "duel.eu.a", value: "no JSON" },
    { key: matchKey("duel.eu.m"), value: misplaced },
  ]);
  await using next = running(store);
  await vi.waitUntil(() => next.lease(), { timeout: 20_000 });
  const [gained] = next.heard;
  expect(gained?.type === "gained" && gained.waiting.map((one) => one.ticket.id)).toEqual(["duel.eu.b"]);
  for (const { code, retryable } of problems) expect([code, retryable]).toEqual([row.code, row.retryable]);
  expect(problems.map(({ message }) => /"key":"([^"]*)"/.exec(message)?.[1]).sort()).toEqual([
    "duel.eu.a",
    "match:duel.eu.m",
  ]);
});

it("does not see what an owner wrote and did not commit", async () => {
  const { names, kafka, ...subject } = await subjectWith();
  const store = subject.store();
  const owner = running(store);
  await store.submit([join(ticket("a"))], { now: NOW });
  await owner.stop();
  const transactionalId = names.transactions("duel", 0);
  const dying = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await dying.connect();
  const transaction = await dying.transaction();
  const value = encodeValue({ type: "ticket", state: "left", joined: 1, ticket: ticket("a") });
  await transaction.send({ topic: names.log("duel"), messages: [{ key: "duel.eu.a", value, partition: 0 }] });
  await using next = running(store);
  await vi.waitUntil(() => next.lease(), { timeout: 10_000 });
  const [gained] = next.heard;
  expect(gained?.type === "gained" && gained.waiting.map((one) => one.ticket.id)).toEqual(["duel.eu.a"]);
  await expect(transaction.commit()).rejects.toThrow();
  await dying.disconnect();
  expect(await store.submit([{ type: "leave", ticketId: "duel.eu.a" }], { now: NOW })).toEqual([
    { type: "left" },
  ]);
});

fault("the topic of requests was made anew", async (row) => {
  const { names, kafka, problems, ...subject } = await subjectWith();
  const store = subject.store();
  const owner = running(store);
  for (const name of ["a", "b", "c"]) await store.submit([join(ticket(name))], { now: NOW });
  await owner.stop();
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const topic = names.requests("duel");
  await makeAnew(admin, topic);
  const isKnown = (): Promise<boolean> =>
    admin.fetchTopicOffsets(topic).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isKnown, { timeout: 10_000 });
  const other = subject.store();
  await using next = running(other);
  const outcomes = await other.submit([join(ticket("d")), { type: "leave", ticketId: "duel.eu.a" }], {
    now: NOW,
  });
  expect(outcomes).toMatchObject([{ type: "added" }, { type: "left" }]);
  expect(problems).toContainEqual(
    expect.objectContaining({
      code: row.code,
      retryable: row.retryable,
      message: expect.stringContaining("made anew or cut") as unknown,
    }),
  );
  expect(next.lease()).toBeDefined();
});

fault("a ticket, a match or its assignment is larger than `maxBytes` allows", async (row) => {
  const { ...subject } = await subjectWith({ maxBytes: 120_000 });
  const store = subject.store();
  await using owner = running(store);
  const huge = ticket("huge", "x".repeat(10_000));
  // Nothing of the call is sent.
  await refused(row, { join: () => store.submit([join(ticket("a")), join(huge)], { now: NOW }) });
  // Together far more than brokers take at once.
  const large = Array.from({ length: 400 }, (_, index) => ticket(`t${index}`, "x".repeat(9_000)));
  const outcomes = await store.submit(large.map(join), { now: NOW });
  expect(outcomes.every(({ type }) => type === "added")).toBe(true);
  const queries = ["a", ...large.map(({ id }) => id)].map((ticketId): Query => ({
    type: "ticket",
    ticketId,
  }));
  const [a, ...found] = await store.read(queries, {});
  expect(a).toBeUndefined();
  expect(found.map((one) => one?.type === "ticket" && one.ticket)).toEqual(large);
  const decide = (decision: Decision) => store.decide(owner.lease()!, [decision], { now: NOW });
  const claim = (count: number) => {
    const teams = large.slice(0, count).map((one) => [one]);
    const match = { id: "duel.eu.m", queue: "duel", region: "eu", teams, quality: 1, createdAt: NOW };
    return decide({ type: "claim", match });
  };
  await refused(row, { claim: () => claim(14) });
  expect(await claim(10)).toMatchObject([{ type: "claimed" }]);
  const settle = (length: number) =>
    decide({ type: "settle", matchId: "duel.eu.m", assignment: { connection: "x".repeat(length) } });
  await refused(row, { settle: () => settle(12_000) });
  expect(await settle(11_900)).toMatchObject([{ type: "settled" }]);
});

fault("`regions` or `key` differ between processes", async (row) => {
  const { ...subject } = await subjectWith({ partitions: { duel: 2 } });
  await using owner = running(subject.store({ regions: ["eu"] }));
  const other = subject.store({ regions: ["us", "eu"] });
  await refused(row, { join: () => other.submit([join(ticket("a"))], { now: NOW }) });
  expect(owner.heard).toEqual([]);
  // Spread by their own hash, some tickets come to the partition of their pool.
  const spread = subject.store({ regions: ["eu"], key: "none" });
  const joins = ["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => join(ticket(name)));
  await refused(row, { joins: () => spread.submit(joins, { now: NOW }) });
});

fault("requests and log of a queue differ in their partitions", async (row) => {
  const { names, kafka, ...subject } = await subjectWith();
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  await admin.createPartitions({ topicPartitions: [{ topic: names.requests("duel"), count: 2 }] });
  await vi.waitUntil(
    async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [names.requests("duel")] });
      return topics[0]!.partitions.length === 2;
    },
    { timeout: 20_000 },
  );
  await refused(row, { run: () => running(subject.store()).over });
});

fault("nobody runs the queue", async (row) => {
  const { ...subject } = await subjectWith({ timeoutMs: 1_500 });
  const store = subject.store();
  await refused(row, {
    join: () => store.submit([join(ticket("a"))], { now: NOW }),
    read: () => store.read([{ type: "ticket", ticketId: "duel.eu.a" }], {}),
  });
});

fault("a queue has no topics", async (row) => {
  const { ...subject } = await subjectWith();
  const store = subject.store();
  const elsewhere = { ...ticket("a"), id: "chess.eu.a", queue: "chess" };
  await refused(row, {
    join: () => store.submit([join(elsewhere)], { now: NOW }),
    run: () => running(store, "chess").over,
  });
  expect(await store.read([{ type: "ticket", ticketId: "chess.eu.a" }], {})).toEqual([undefined]);
});
