import { kafkaClient, type KafkaServer } from "@evenmatch/services";
import type { Kafka } from "kafkajs";
import { afterAll, beforeAll, expect } from "vitest";
import { atOnce, fault, refused, worksAgain } from "./row.js";
import { World } from "./world.js";
import { grant, rightOf, startForUsers, type Grant } from "../users.js";

const PASSWORD = "not-the-usual-one";
const USERS = ["ann", "bob", "cid", "dan"];

let server: KafkaServer;
beforeAll(async () => {
  server = await startForUsers(USERS, PASSWORD);
});
afterAll(() => server.stop());

/** One that says who it is. */
function client(username: string, password = PASSWORD): Kafka {
  const retry = { retries: 1 };
  return kafkaClient(
    { brokers: server.brokersThrough() },
    { sasl: { mechanism: "plain", username, password }, retry },
  );
}

/** Grants a user all on what has a name that begins so. */
function grantAll(user: string, resources: Partial<Record<Grant["resource"], string>>): Promise<void> {
  const rights = Object.entries(resources).map(([resource, name]) =>
    rightOf(user, { resource: resource as Grant["resource"], name }),
  );
  return grant(server, rights);
}

const timeoutMs = 5_000;

fault("the password is wrong", async (row) => {
  await using world = await World.open(server);
  await grantAll("ann", {
    TOPIC: world.prefix,
    GROUP: world.prefix,
    TRANSACTIONAL_ID: world.prefix,
  });
  await atOnce(world.calls(client("ann", "wrong"), { timeoutMs }), (one) => refused(row, one));
  await atOnce(world.calls(client("ann"), { timeoutMs }), worksAgain);
});

fault("the client names no user, and the brokers ask for one", async (row) => {
  await using world = await World.open(server);
  const nameless = kafkaClient({ brokers: server.brokersThrough() }, { retry: { retries: 1 } });
  await atOnce(world.calls(nameless, { timeoutMs }), (one) => refused(row, one));
});

fault("the user may not use topics and groups of these names", async (row) => {
  await using world = await World.open(server);
  const calls = world.calls(client("bob"), { timeoutMs });
  await atOnce(calls, (one) => refused(row, one));
  await grantAll("bob", {
    TOPIC: world.prefix,
    GROUP: world.prefix,
    TRANSACTIONAL_ID: world.prefix,
  });
  await atOnce(calls, worksAgain);
});

fault("the user may not use the groups", async (row) => {
  await using world = await World.open(server);
  await grantAll("dan", { TOPIC: world.prefix, TRANSACTIONAL_ID: world.prefix });
  // As long as it takes to hear of a refusal, or the error would say no more than that time is over.
  const { publish, ...others } = world.calls(client("dan"), { timeoutMs: 10_000 });
  await worksAgain({ publish: publish! });
  await atOnce(others, async (one) => {
    for (const { message } of Object.values(await refused(row, one))) expect(message).toContain("right");
  });
  await grantAll("dan", { GROUP: world.prefix });
  await atOnce(others, worksAgain);
});

fault("the user may not use the transactional ids of the owners", async (row) => {
  await using world = await World.open(server);
  await grantAll("cid", { TOPIC: world.prefix, GROUP: world.prefix });
  const problems: unknown[] = [];
  const onProblem = (error: unknown): void => void problems.push(error);
  const { run, ...others } = world.calls(client("cid"), { timeoutMs, onProblem });
  // Who owns nothing needs none.
  await atOnce(others, worksAgain);
  const running = run!();
  await expect
    .poll(() => problems[0])
    .toMatchObject({
      code: row.code,
      retryable: row.retryable,
      message: expect.stringContaining("right") as unknown,
    });
  await grantAll("cid", { TRANSACTIONAL_ID: world.prefix });
  await running;
});
