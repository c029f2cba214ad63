import { Matchmaker, OneVsOne, type OwnerEvent, type Ticket } from "@evenmatch/core";
import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { KafkaTicketStore } from "../../src/index.js";
import { running } from "./running.js";
import { ticketStoreSubject } from "./subject.js";
import { tampered } from "./tampered.js";

const REGIONS = ["eu", "us"];
const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };

function ticket(region: string, name: string, joinedAt = 0): Ticket {
  const players = [{ id: name, rating: 1500 }];
  return { queue: "duel", region, players, joinedAt, id: `duel.${region}.${name}` };
}

/** Has players join by a store. */
function joinsOf(store: KafkaTicketStore) {
  return (region: string, name: string, now = 0) =>
    store.submit([{ type: "join", ticket: ticket(region, name, now) }], { now });
}

async function play() {
  const subject = await ticketStoreSubject(sharedKafka(), { regions: REGIONS, partitions: { duel: 2 } });
  onTestFinished(() => subject.close());
  const { kafka, does, open } = tampered(kafkaClient(sharedKafka()));
  const store = new KafkaTicketStore(kafka, { prefix: subject.prefix, regions: REGIONS });
  onTestFinished(() => store.close());
  return { subject, store, does, open };
}

it("runs a pool that comes back while its last transaction there has still no answer", async () => {
  const { subject, store, does } = await play();
  const first = new Matchmaker({ queues, tickets: store });
  onTestFinished(() => first.close());
  const offer = store.own.bind(store);
  const heard: OwnerEvent[] = [];
  store.own = async function* (...call) {
    for await (const event of offer(...call)) {
      heard.push(event);
      yield event;
    }
  };
  await first.start();
  const api = new Matchmaker({ queues, tickets: subject.store() });
  onTestFinished(() => api.close());
  const find = (region: string, id: string) => api.find("duel", { region, players: [{ id, rating: 1500 }] });
  for (const region of REGIONS) await Promise.all([find(region, "ann"), find(region, "bob")]);
  // Answers to commits do not come, one for each partition.
  const unheard = new Map<string, () => void>();
  does.commit = async (work, id) => {
    await work();
    if (unheard.has(id)) return;
    await new Promise((_, reject) => unheard.set(id, () => reject(new Error("Closed connection"))));
  };
  const waiting = REGIONS.map((region) => find(region, "cleo"));
  await vi.waitUntil(() => unheard.size === 2, { timeout: 10_000 });
  does.commit = undefined;
  // Another worker comes and goes: a partition leaves, and is back.
  let gained = 0;
  first.on("pool.gained", () => gained++);
  const other = running(subject.store());
  await vi.waitUntil(() => REGIONS.some((region) => other.lease(region)), { timeout: 10_000 });
  await other.stop();
  await vi.waitUntil(() => gained > 0, { timeout: 10_000 });
  for (const give of unheard.values()) give();
  await Promise.all([...waiting, ...REGIONS.map((region) => find(region, "dan"))]);
  // Of each pool: gained, and then perhaps lost.
  for (const [index, { type, lease }] of heard.entries()) {
    const newest = heard
      .slice(0, index + 1)
      .findLast((one) => one.type === "gained" && one.lease.pool.region === lease.pool.region);
    expect([type, lease.fence]).toEqual([type, newest?.lease.fence]);
  }
});

it("takes over nothing any more while it closes", async () => {
  const { subject, store, does, open } = await play();
  const owner = running(store);
  const other = running(subject.store());
  const api = subject.store();
  const join = joinsOf(api);
  for (const region of REGIONS) await join(region, "ann");
  const mine = await vi.waitUntil(
    () =>
      REGIONS.find(
        (region) => owner.lease(region)?.lost.aborted === false && other.lease(region === "eu" ? "us" : "eu"),
      ),
    { timeout: 10_000 },
  );
  let release: (() => void) | undefined;
  does.commit = async (work) => {
    await new Promise<void>((resolve) => (release = resolve));
    await work();
  };
  join(mine, "bob").catch(() => {});
  await vi.waitUntil(() => release, { timeout: 10_000 });
  does.commit = undefined;
  const before = open.size;
  const closing = store.close();
  // The other one closes at the same time, and is the first to have left.
  await other.stop();
  await vi.waitUntil(() => open.size > before, { timeout: 4_000 }).catch(() => {});
  release?.();
  await closing;
  // Who closes waits for the brokers, but not for long.
  await expect.poll(() => [...open]).toEqual([]);
});

it("does not take a partition from another any more that it has lost while it connected", async () => {
  const { subject, store, does, open } = await play();
  let connected = (): void => {};
  const connecting = new Promise<void>((resolve) => (connected = resolve));
  does.connect = () => connecting;
  const first = running(store);
  const isMember = async (): Promise<boolean> => {
    const { groups } = await admin.describeGroups([subject.names.workers("duel")]);
    return groups[0]?.state === "Stable";
  };
  const admin = subject.kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  await vi.waitUntil(isMember, { timeout: 10_000 });
  const api = subject.store();
  const join = joinsOf(api);
  const joins = REGIONS.map((region) => join(region, "ann"));
  const other = running(subject.store());
  const mine = await vi.waitUntil(() => REGIONS.find((region) => other.lease(region)), { timeout: 10_000 });
  connected();
  await Promise.all(joins);
  const lost = subject.names.transactions("duel", REGIONS.indexOf(mine));
  await vi.waitUntil(() => !Array.from(open).some((name) => name.startsWith(lost)), { timeout: 10_000 });
  await join(mine, "bob");
  expect(other.heard.map(({ type }) => type)).not.toContain("lost");
  await Promise.all([first.stop(), other.stop()]);
});

it("takes up once what was asked, where the brokers are slow to say how much there is", async () => {
  const subject = await ticketStoreSubject(sharedKafka(), { regions: REGIONS, partitions: { duel: 2 } });
  onTestFinished(() => subject.close());
  const { kafka, does } = tampered(kafkaClient(sharedKafka()));
  const problems: unknown[] = [];
  const store = new KafkaTicketStore(kafka, {
    prefix: subject.prefix,
    regions: REGIONS,
    retainMs: 1_000,
    onProblem: (error) => problems.push(error),
  });
  onTestFinished(() => store.close());
  const owner = running(store);
  const api = subject.store();
  const join = joinsOf(api);
  await join("eu", "joe");
  const both = [ticket("us", "ann"), ticket("us", "ben")];
  await Promise.all([join("us", "ann"), join("us", "ben")]);
  const lease = await vi.waitUntil(() => owner.lease("us"), { timeout: 20_000 });
  const id = "duel.us.m1";
  const teams = both.map((one) => [one]);
  const match = { id, queue: "duel", region: "us", teams, quality: 1, createdAt: 0 };
  const how = [
    { type: "claim", match },
    { type: "settle", matchId: id },
    { type: "deliver", matchId: id },
  ] as const;
  await store.decide(lease, how, { now: 0 });
  // Much later they are forgotten.
  const later = 1_000_000;
  await join("us", "cleo", later);
  const read = () =>
    api.read(
      both.map(({ id }) => ({ type: "ticket", ticketId: id }) as const),
      {},
    );
  expect(await read()).toEqual([undefined, undefined]);

  // A transaction of one partition fails, and the brokers take their time to answer who takes it over.
  const failing = (partition: number): Promise<void> =>
    new Promise((resolve) => {
      does.commit = async (work, name) => {
        if (!name.endsWith(`.${partition}`)) return work();
        does.commit = undefined;
        resolve();
        throw new Error("Closed connection");
      };
    });
  let answer = (): void => {};
  const asked = new Promise<void>((resolve) => {
    does.ends = async (work) => {
      does.ends = undefined;
      const ends = await work();
      resolve();
      await new Promise<void>((goOn) => (answer = goOn));
      return ends;
    };
  });
  let logs = 0;
  does.isLate = ({ topic, partition }) => {
    if (topic !== subject.names.log("duel")) return false;
    if (partition === 1) logs++;
    return partition === 0;
  };
  const eu = failing(0);
  const jim = join("eu", "jim", later);
  await eu;
  await asked;
  // Meanwhile others join on the other partition, and then a transaction fails there, too.
  await join("us", "dan", later);
  const us = failing(1);
  const eve = join("us", "eve", later);
  await us;
  const before = logs;
  // It reads its log, and wants to know how much there is.
  await vi.waitUntil(() => logs > before, { timeout: 10_000 });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  does.isLate = undefined;
  answer();
  await Promise.all([jim, eve]);
  expect(await read()).toEqual([undefined, undefined]);
  expect(problems).toEqual([]);
});
