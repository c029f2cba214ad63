import type { EvenmatchError, Query, Request, Ticket } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { encodeValue, matchKey } from "../../src/ticket/log-record.js";
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

it("sets requests aside that it cannot read, says so once, and goes on behind them", async () => {
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
    Array.from({ length: 4 }, () => ["STORE_MISCONFIGURED", false]),
  );
  expect(problems[0]!.message).toContain('"offset":"0"');
  await owner.stop();
  await using next = running(subject.store());
  await vi.waitUntil(() => next.lease());
  expect(problems.length).toBe(4);
});

it("leaves records of the log out that it cannot read, and says which", async () => {
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
  await vi.waitUntil(() => next.lease());
  const [gained] = next.heard;
  expect(gained?.type === "gained" && gained.waiting.map((one) => one.ticket.id)).toEqual(["duel.eu.b"]);
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

it("begins with the oldest requests where their topic was made anew, and says so", async () => {
  const { names, kafka, problems, ...subject } = await subjectWith();
  const store = subject.store();
  const owner = running(store);
  for (const name of ["a", "b", "c"]) await store.submit([join(ticket(name))], { now: NOW });
  await owner.stop();
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const topic = names.requests("duel");
  await admin.deleteTopics({ topics: [topic] });
  const isMade = (): Promise<boolean> =>
    admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] }).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isMade, { timeout: 10_000 });
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
  expect(problems.map(({ message }) => message)).toContainEqual(expect.stringContaining("made anew or cut"));
  expect(next.lease()).toBeDefined();
});

it("refuses what is too large before anything of the call is sent, and takes what is large", async () => {
  const { ...subject } = await subjectWith({ maxBytes: 10_000 });
  const store = subject.store();
  await using owner = running(store);
  const huge = ticket("huge", "x".repeat(10_000));
  await expect(store.submit([join(ticket("a")), join(huge)], { now: NOW })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    retryable: false,
  });
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
  const teams = large.slice(0, 2).map((one) => [one]);
  const match = { id: "duel.eu.m", queue: "duel", region: "eu", teams, quality: 1, createdAt: NOW };
  await expect(store.decide(owner.lease()!, [{ type: "claim", match }], { now: NOW })).rejects.toMatchObject({
    code: "INVALID_REQUEST",
    retryable: false,
  });
});

it("refuses to ask where another process would look for the pool elsewhere", async () => {
  const { ...subject } = await subjectWith({ partitions: { duel: 2 } });
  await using owner = running(subject.store({ regions: ["eu"] }));
  const other = subject.store({ regions: ["us", "eu"] });
  await expect(other.submit([join(ticket("a"))], { now: NOW })).rejects.toMatchObject({
    code: "STORE_MISCONFIGURED",
    retryable: false,
  });
  expect(owner.heard).toEqual([]);
});

it("does not run a queue whose topics differ in their partitions", async () => {
  const { names, kafka, ...subject } = await subjectWith();
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  await admin.createPartitions({ topicPartitions: [{ topic: names.requests("duel"), count: 2 }] });
  await vi.waitUntil(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [names.requests("duel")] });
    return topics[0]!.partitions.length === 2;
  });
  await expect(running(subject.store()).over).rejects.toMatchObject({
    code: "STORE_MISCONFIGURED",
    retryable: false,
  });
});

it("says that nobody answered when nobody runs the queue, and that a queue has no topics", async () => {
  const { ...subject } = await subjectWith({ timeoutMs: 1_500 });
  const store = subject.store();
  await expect(store.submit([join(ticket("a"))], { now: NOW })).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    retryable: true,
  });
  const elsewhere = { ...ticket("a"), id: "chess.eu.a", queue: "chess" };
  await expect(store.submit([join(elsewhere)], { now: NOW })).rejects.toMatchObject({
    code: "STORE_MISCONFIGURED",
    retryable: false,
  });
  await expect(running(store, "chess").over).rejects.toMatchObject({ code: "STORE_MISCONFIGURED" });
  expect(await store.read([{ type: "ticket", ticketId: "chess.eu.a" }], {})).toEqual([undefined]);
});
