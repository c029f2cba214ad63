import { EvenmatchError } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, onTestFinished, vi } from "vitest";
import { kafkaEventBus, kafkaTicketStore } from "../../src/index.js";
import { fault, refused, worksAgain } from "./row.js";
import { aTicket, join, NOON, World } from "./world.js";

const POOL = { queue: "duel", region: "eu" };

/** What the process warns of from now on. */
function warnings(): EvenmatchError[] {
  const heard: EvenmatchError[] = [];
  const listener = (warning: Error): void => {
    if (warning instanceof EvenmatchError) heard.push(warning);
  };
  process.on("warning", listener);
  onTestFinished(() => void process.off("warning", listener));
  return heard;
}

fault("`onProblem` or `onError` throws", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const warned = warnings();
  let count = 0;
  const broken = (): never => {
    count++;
    throw new Error("I cannot stand it");
  };
  const store = world.store({ onProblem: broken });
  world.run(store, "duel");
  await world.write(world.names.requests("duel"), [{ key: "duel.eu", value: "no JSON" }]);
  expect(await store.submit([join(aTicket())], { now: NOON })).toMatchObject([{ type: "added" }]);
  expect(count).toBe(1);
  await expect.poll(() => warned.at(-1)).toMatchObject({ code: row.code, retryable: row.retryable });
  const slow = world.store({
    onProblem: () => Promise.reject(new Error("I cannot stand it either")) as never,
  });
  world.run(slow, "solo");
  await world.write(world.names.requests("solo"), [{ key: "solo.eu", value: "no JSON" }]);
  expect(await slow.submit([join(aTicket("solo"))], { now: NOON })).toMatchObject([{ type: "added" }]);
  await expect.poll(() => warned.length).toBe(2);
  const bus = kafkaEventBus(world.kafka, { topic: world.events, onError: broken });
  const heard: unknown[] = [];
  await bus.subscribe((events) => void heard.push(...events), {});
  await world.write(world.events, [{ key: null, value: "no JSON" }]);
  await bus.publish(
    [{ v: 1, type: "match.delivered", at: NOON, pool: POOL, seq: 1, data: { matchId: "m" } }],
    {},
  );
  await expect.poll(() => heard.length).toBe(1);
  await expect.poll(() => warned.length).toBe(3);
  await bus.close();
});

fault("nobody listens to problems", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const warned = warnings();
  const store = kafkaTicketStore(world.kafka, { prefix: world.prefix });
  const offer = world.run(store, "duel");
  const bad = { key: "duel.eu", value: "no JSON" };
  await world.write(world.names.requests("duel"), [bad, bad, bad]);
  await store.submit([join(aTicket())], { now: NOON });
  await vi.waitUntil(() => warned.length > 0, { timeout: 20_000 });
  expect(warned).toMatchObject([{ code: row.code, retryable: row.retryable }]);
  await offer.stop();
  await store.close();
});

fault("an answer cannot be read", async () => {
  await using world = await World.open(sharedKafka());
  const store = world.store({ askAgainMs: 200 });
  await store.submit([join(aTicket())], { now: NOON });
  // Whoever writes them has taken the name of a process from another answer.
  const bad = ["no JSON", '{"v":2}', '{"v":1}', '{"v":1,"items":[null,[1],[2,null],[3,{}],4]}', "null"];
  for (const one of await answers(world))
    await world.write(
      world.names.answers,
      bad.map((value) => ({ ...one, value })),
    );
  expect(await store.submit([join(aTicket())], { now: NOON })).toMatchObject([{ type: "added" }]);
});

/** Who was answered by two processes, and where they hear it. */
async function answers(world: World): Promise<{ key: string; partition: number }[]> {
  const consumer = world.kafka.consumer({ groupId: `${world.prefix}-looking` });
  await consumer.connect();
  await consumer.subscribe({ topics: [world.names.answers], fromBeginning: true });
  const found = new Map<string, number>();
  await consumer.run({
    eachMessage: ({ message, partition }) => Promise.resolve(void found.set(String(message.key), partition)),
  });
  await vi.waitUntil(() => found.size > 1, { timeout: 20_000 });
  await consumer.disconnect();
  return Array.from(found, ([key, partition]) => ({ key, partition }));
}

fault("the log takes smaller records than the requests", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const limit = (bytes: number) =>
    world.configure(world.names.log("duel"), {
      "max.message.bytes": `${bytes}`,
      "cleanup.policy": "compact",
    });
  await limit(3_000);
  const problems: EvenmatchError[] = [];
  const store = world.store({ onProblem: (error) => problems.push(error) });
  const offer = world.run(store, "duel");
  expect(await store.submit([join(aTicket())], { now: NOON })).toMatchObject([{ type: "added" }]);
  const large = aTicket("duel", { text: "x".repeat(5_000) });
  const joining = store.submit([join(large)], { now: NOON }).catch(() => undefined);
  await expect.poll(() => problems.at(-1)).toMatchObject({ code: row.code, retryable: row.retryable });
  await limit(1_000_000);
  await joining;
  await vi.waitUntil(
    async () => {
      const outcome = await store.submit([join(large)], { now: NOON }).catch(() => undefined);
      return outcome?.[0]?.type === "same";
    },
    { timeout: 30_000 },
  );
  await offer.stop();
});

fault("the topic of answers takes smaller records than there are answers", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const { answers } = world.names;
  const problems: EvenmatchError[] = [];
  const worker = world.store({ onProblem: (error) => problems.push(error) });
  world.run(worker, "duel");
  const store = world.store({ timeoutMs: 3_000 });
  const ticket = aTicket("duel", { text: "x".repeat(1_000) });
  // To begin may take it longer than it waits for the call that is to be refused.
  await worksAgain({ join: () => store.submit([join(ticket)], { now: NOON }) });
  await world.configure(answers, { "max.message.bytes": "300" });
  const isInForce = (): Promise<boolean> =>
    world.write(answers, [{ key: "nobody", value: "x".repeat(400) }]).then(
      () => false,
      () => true,
    );
  await vi.waitUntil(isInForce, { timeout: 20_000, interval: 20 });
  await refused(
    { ...row, code: "STORE_UNAVAILABLE", retryable: true },
    {
      read: () => store.read([{ type: "ticket", ticketId: ticket.id }], {}),
    },
  );
  await expect.poll(() => problems[0]).toMatchObject({ code: row.code, retryable: row.retryable });
});
