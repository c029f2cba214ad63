import { ensureTopics, kafkaEventBus, kafkaTicketStore } from "@evenmatch/adapter-kafka";
import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { startKafka, type KafkaServer } from "@evenmatch/services";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Kafka, logLevel, type Producer, type RequestEvent } from "kafkajs";

// Counts what a match takes on Kafka, for the figures of docs/kafka-capacity.md that no benchmark has: requests,
// transactions and bytes where matches come one by one, and what kafkajs alone takes for a transaction.
const MATCHES = 200;
const WARM = 20;
/** Between matches, so that none shares a transaction with another, and in the end, until all is forgotten, in ms. */
const APART = 40;
const RETAIN = 500;
const END = 2_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const say = (name: string, value: number): void =>
  console.log(`${name}: ${value.toFixed(value < 10 ? 2 : 0)}`);

/** A client that counts the requests of its producers by their names. */
function counting(brokers: string[], counts: Map<string, number>): Kafka {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const producer = (settings: Parameters<Kafka["producer"]>[0]): Producer => {
    const made = kafka.producer(settings);
    made.on("producer.network.request", ({ payload }: RequestEvent) =>
      counts.set(payload.apiName, (counts.get(payload.apiName) ?? 0) + 1),
    );
    return made;
  };
  return new Proxy(kafka, {
    get: (target, name) => {
      if (name === "producer") return producer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** How many bytes the files of each topic have. */
async function sizes(server: KafkaServer): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const path of await readdir(server.directory, { recursive: true })) {
    const topic = /([^/]+)-\d+\/\d+\.log$/.exec(path)?.[1];
    if (topic === undefined) continue;
    found.set(topic, (found.get(topic) ?? 0) + (await stat(join(server.directory, path))).size);
  }
  return found;
}

async function countMatches(): Promise<void> {
  await using server = await startKafka();
  const brokers = [...server.brokers];
  const counts = new Map<string, number>();
  const plain = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  await ensureTopics(plain, { queues: ["duel"], partitions: 1 });
  const connect = (kafka: Kafka) => {
    const [tickets, events] = [kafkaTicketStore(kafka, { retainMs: RETAIN }), kafkaEventBus(kafka)];
    const matchmaker = new Matchmaker({
      queues: { duel: new OneVsOne({ maxRatingGap: 100 }) },
      tickets,
      events,
    });
    const close = async (): Promise<void> => {
      await matchmaker.close();
      await Promise.all([tickets.close(), events.close()]);
    };
    return { matchmaker, close };
  };
  const worker = connect(counting(brokers, counts));
  await worker.matchmaker.start();
  const api = connect(plain);
  const find = (number: number) => {
    const id = `3f2c5d1e-0000-4000-8000-${String(number).padStart(12, "0")}`;
    return api.matchmaker.find("duel", { region: "europe-west", players: [{ id, rating: 1500 }] });
  };
  const match = async (number: number): Promise<void> => {
    await Promise.all([find(2 * number), find(2 * number + 1)]);
    await pause(APART);
  };
  const admin = plain.admin();
  await admin.connect();
  const written = async (): Promise<number> =>
    Number((await admin.fetchTopicOffsets("match.duel.log"))[0]!.high);

  for (let number = 0; number < WARM; number++) await match(number);
  await pause(END);
  counts.clear();
  const [before, first] = [await sizes(server), await written()];
  for (let number = 0; number < MATCHES; number++) await match(WARM + number);
  await pause(END);
  const [after, last] = [await sizes(server), await written()];
  await admin.disconnect();

  const transactions = counts.get("EndTxn") ?? 0;
  const bytes = (topic: string): number => (after.get(topic) ?? 0) - (before.get(topic) ?? 0);
  say("transactionsPerMatch", transactions / MATCHES);
  say("requestBytes", bytes("match.duel") / MATCHES);
  say("logBytes", bytes("match.duel.log") / MATCHES);
  say("answerBytes", bytes("match-answers") / MATCHES);
  say("eventBytes", bytes("match-events") / MATCHES);
  say("transactionBytes", bytes("__transaction_state") / transactions);
  // Each transaction ends with a marker, which has an offset, too.
  say("recordsPerMatch", (last - first - transactions) / MATCHES);
  for (const [name, count] of counts) say(`requests of the worker's producers, ${name}`, count / MATCHES);
  await Promise.all([api.close(), worker.close()]);
}

/** CPU of a process of Linux, in ms. */
async function cpuOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function measureTransactions(): Promise<void> {
  await using server = await startKafka({ java: [] });
  const kafka = new Kafka({ brokers: [...server.brokers], logLevel: logLevel.NOTHING });
  const partitions = 8;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: "t", numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
  const retry = { initialRetryTime: 5, maxRetryTime: 500, retries: 10 };
  const owners = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const producer = kafka.producer({
        transactionalId: `t${partition}`,
        idempotent: true,
        maxInFlightRequests: 1,
        retry,
      });
      await producer.connect();
      const messages = Array.from({ length: 5 }, (_, n) => ({
        key: `k${n}`,
        value: "x".repeat(300),
        partition,
      }));
      const transact = async (): Promise<void> => {
        const transaction = await producer.transaction();
        await transaction.send({ topic: "t", messages });
        await transaction.commit();
      };
      return { producer, transact };
    }),
  );
  const busy = async (count: number, turns: number): Promise<void> => {
    await Promise.all(
      owners.slice(0, count).map(async ({ transact }) => {
        for (let turn = 0; turn < turns; turn++) await transact();
      }),
    );
  };
  await busy(partitions, 500);
  for (const count of [1, partitions]) {
    const turns = 2_000 / count;
    const [started, ours, theirs] = [performance.now(), process.cpuUsage(), await cpuOf(server.pid!)];
    await busy(count, turns);
    const { user, system } = process.cpuUsage(ours);
    const all = count * turns;
    console.log(`with ${count} busy:`);
    say("transactionMs", (performance.now() - started) / turns);
    say("transactionCpu", (user + system) / 1e3 / all);
    say("transactionBrokerCpu", ((await cpuOf(server.pid!)) - theirs) / all);
  }
  await Promise.all(owners.map(({ producer }) => producer.disconnect()));
}

await countMatches();
await measureTransactions();
