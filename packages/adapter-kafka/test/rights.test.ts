import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { kafkaClient, type KafkaServer } from "@evenmatch/services";
import type { AclEntry, Kafka } from "kafkajs";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { ensureTopics, kafkaEventBus, kafkaTicketStore, type KafkaTicketStoreOptions } from "../src/index.js";
import { worksAgain } from "./faults/row.js";
import { cellsOf } from "./pages.js";
import { grant, rightOf, startForUsers, type Grant } from "./users.js";

const PASSWORD = "secret";
const USERS = ["setup", "worker", "api"];

let server: KafkaServer;
beforeAll(async () => {
  server = await startForUsers(USERS, PASSWORD);
  // The topics of Kafka's own are made when they are first asked for, and who asks meanwhile is told to come again.
  const root = kafkaClient(server);
  await worksAgain({
    async groups() {
      const admin = root.admin();
      await admin.connect();
      await admin.describeGroups(["first"]).finally(() => admin.disconnect());
    },
    async transactions() {
      const producer = root.producer({ transactionalId: "first", idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      const began = producer.transaction().then((transaction) => transaction.abort());
      await began.finally(() => producer.disconnect());
    },
  });
});
afterAll(() => server.stop());

const RESOURCES: Readonly<Record<string, Grant["resource"]>> = {
  topic: "TOPIC",
  group: "GROUP",
  "transactional id": "TRANSACTIONAL_ID",
};

/** Grants a user what a row of the docs lists. */
function granted(user: string, [resource, name, pattern, operations]: readonly string[]): AclEntry[] {
  return Array.from(operations!.matchAll(/`(\w+)`/g), ([, operation]) =>
    rightOf(user, {
      resource: RESOURCES[resource!]!,
      name: name!.replaceAll("`", ""),
      pattern: pattern === "prefixed" ? "PREFIXED" : "LITERAL",
      operation: constantOf(operation!) as NonNullable<Grant["operation"]>,
    }),
  );
}

const constantOf = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();

/** What the docs grant: by who it is on the page of the store, for all but the set-up on that of the bus. */
function grants(): AclEntry[] {
  const userOf: Readonly<Record<string, string>> = {
    "API process": "api",
    worker: "worker",
    "set-up": "setup",
  };
  const ofStore = cellsOf("kafka.md").flatMap(([who, ...row]) => {
    const user = userOf[who!];
    return user !== undefined && row[0]! in RESOURCES ? granted(user, row) : [];
  });
  const ofBus = cellsOf("kafka-events.md").filter(([resource]) => resource! in RESOURCES);
  return [...ofStore, ...ofBus.flatMap((row) => [...granted("api", row), ...granted("worker", row)])];
}

function client(username: string): Kafka {
  return kafkaClient(
    { brokers: server.brokersThrough() },
    { sasl: { mechanism: "plain", username, password: PASSWORD }, retry: { retries: 3 } },
  );
}

it("is enough to be granted what the docs list, to make topics, to run pools, and to play", async () => {
  await grant(server, grants());
  await ensureTopics(client("setup"), { queues: ["classic"] });

  const problems: unknown[] = [];
  const process = (user: string, options: KafkaTicketStoreOptions = {}) => {
    const onProblem = (error: unknown): void => void problems.push(error);
    const tickets = kafkaTicketStore(client(user), { ...options, onProblem });
    const events = kafkaEventBus(client(user), { onError: onProblem });
    const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
    const matchmaker = new Matchmaker({ queues, tickets, events });
    onTestFinished(async () => {
      await matchmaker.close();
      await Promise.all([tickets.close(), events.close()]);
    });
    return { matchmaker, tickets };
  };
  // That nobody runs a queue is known by its group; who may not look asks on for as long as the store does.
  const { matchmaker: api, tickets } = process("api", { timeoutMs: 1_000_000 });
  const pool = { queue: "classic", region: "eu" };
  const asking = tickets.ask(pool, { type: "estimate", rating: 1500 }, {});
  await expect(asking).rejects.toMatchObject({ code: "NO_OWNER" });
  await process("worker").matchmaker.start();
  const find = (id: string) => api.find("classic", { region: "eu", players: [{ id, rating: 1500 }] });
  const [match] = await Promise.all([find("ann"), find("bob")]);
  expect(
    match.teams
      .flat()
      .flatMap(({ players }) => players.map(({ id }) => id))
      .sort(),
  ).toEqual(["ann", "bob"]);
  const { id } = await api.join("classic", { region: "eu", players: [{ id: "cid", rating: 1500 }] });
  expect(await api.explain(id)).toMatchObject({ ticketId: id });
  expect(await api.leave(id)).toBe("left");
  expect(problems).toEqual([]);
});
