import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigResourceTypes, type Kafka, type Message } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  consoleConsumer,
  findKafka,
  freshTopics,
  kafkaClient,
  kafkaVariables,
  startKafka,
  usualKafkaPlaces,
  type KafkaServer,
} from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { QUICK } from "../src/kafka/files.js";
import { mavenKafka, type KafkaTool } from "../src/kafka/installation.js";

/** Writes to a topic in transactions, of which those that are not to be committed are aborted. */
async function write(
  client: Kafka,
  topic: string,
  { id, transactions }: { id: string; transactions: { messages: Message[]; commit: boolean }[] },
): Promise<void> {
  const producer = client.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (const { messages, commit } of transactions) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages, acks: -1 });
      await (commit ? transaction.commit() : transaction.abort());
    }
  } finally {
    await producer.disconnect();
  }
}

/** The values that a consumer of kafkajs reads from a topic's beginning, so many of them. */
async function read(client: Kafka, topic: string, { group, count }: { group: string; count: number }) {
  const consumer = client.consumer({ groupId: group });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    return await new Promise<(string | undefined)[]>((resolve, reject) => {
      const values: (string | undefined)[] = [];
      const eachMessage = ({ message }: { message: { value: Buffer | null } }) => {
        values.push(message.value?.toString());
        if (values.length === count) resolve(values);
        return Promise.resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}

describe("which Kafka is found", () => {
  const nowhere = { directories: ["/nowhere"], docker: "no-docker", cache: "/nowhere" };
  afterEach(() => vi.unstubAllEnvs());

  test("the brokers that the environment names, and they are left alone", async () => {
    const { brokers } = sharedKafka();
    vi.stubEnv(kafkaVariables.usual, `${brokers.join()}, ${brokers.join()}`);
    const found = await findKafka();
    expect(found).toMatchObject({ brokers: [...brokers, ...brokers], source: "environment" });
    await found.stop();
    expect(await findKafka()).toMatchObject({ source: "environment" });
  });

  test("brokers that the environment names and that are not there are an error, and nothing else is taken", async () => {
    vi.stubEnv(kafkaVariables.newest, "127.0.0.1:1");
    await expect(findKafka("newest")).rejects.toThrow("EVENMATCH_KAFKA_NEWEST_BROKERS names do not answer");
  });

  test("the machine's own programs, before what Maven fetches", async () => {
    vi.stubEnv(kafkaVariables.usual, "");
    const places = { ...usualKafkaPlaces(), docker: "no-docker" };
    const directory = await installPrograms();
    try {
      const directories = [join(directory, "path"), ...places.directories];
      const found = await findKafka("usual", { ...places, directories });
      await found.stop();
      // The shared one, which Maven fetched for the same flavour, is older.
      expect(found).toMatchObject({ version: expect.stringMatching(/^4\./) as string, source: "programs" });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test.each(["usual", "newest"] as const)(
    "%s: where there is none, the error says what to install",
    async (flavour) => {
      vi.stubEnv(kafkaVariables[flavour], "");
      await expect(findKafka(flavour, nowhere)).rejects.toThrow(
        new RegExp(`Install Kafka 3\\.9 or newer.* Or start Docker, or set ${kafkaVariables[flavour]}`),
      );
      await expect(startKafka({ flavour, places: nowhere })).rejects.toThrow("Install Kafka 3.9 or newer");
    },
  );

  test("what Maven cannot fetch is told with what Maven said", async () => {
    const directory = await mkdtemp(join(tmpdir(), "evenmatch-mvn-"));
    try {
      await writeFile(join(directory, "mvn"), "#!/bin/sh\necho no route to the repository; exit 1\n", {
        mode: 0o755,
      });
      const directories = [directory, ...usualKafkaPlaces().directories];
      const places = { directories, docker: "no-docker", cache: join(directory, "cache") };
      await expect(startKafka({ places })).rejects.toThrow("no route to the repository");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

/**
 * A directory with the newest Kafka's programs under the names that its archive gives them, and one within it, to be
 * on PATH, which holds no more than a link to the broker's.
 */
async function installPrograms(): Promise<string> {
  const installation = (await mavenKafka("newest", usualKafkaPlaces()))!;
  const directory = await mkdtemp(join(tmpdir(), "evenmatch-programs-"));
  await chmod(directory, 0o755);
  const names: Record<string, KafkaTool> = {
    "kafka-server-start.sh": "server",
    "kafka-storage.sh": "storage",
  };
  for (const [name, tool] of Object.entries(names)) {
    const [java, ...flags] = installation.program(tool, { logs: directory, java: QUICK }).command;
    const script = `#!/bin/sh\nexec ${java} ${flags.map((flag) => `'${flag}'`).join(" ")} "$@"\n`;
    await writeFile(join(directory, name), script, { mode: 0o755 });
  }
  await mkdir(join(directory, "path"));
  await symlink("../kafka-server-start.sh", join(directory, "path", "kafka-server-start.sh"));
  return directory;
}

describe("the run's Kafka", () => {
  test("what begins with one's own prefix is removed afterwards, and what others have is not", async () => {
    const server = sharedKafka();
    const client = kafkaClient(server);
    await using others = freshTopics(server);
    const theirs = await others.create("requests");
    const mine = freshTopics(server);
    const topic = await mine.create("requests", { partitions: 3, config: { "cleanup.policy": "compact" } });
    expect(topic).toBe(`${mine.prefix}.requests`);
    const group = `${mine.prefix}.workers`;
    await write(client, topic, {
      id: group,
      transactions: [{ messages: [{ key: "a", value: "1" }], commit: true }],
    });
    await read(client, topic, { group, count: 1 });
    const admin = client.admin();
    await admin.connect();
    try {
      const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(metadata.topics[0]!.partitions).toHaveLength(3);
      const groupIds = async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId);
      expect(await groupIds()).toContain(group);
      await mine.drop();
      expect(await admin.listTopics()).not.toContain(topic);
      expect(await admin.listTopics()).toContain(theirs);
      expect(await groupIds()).not.toContain(group);
    } finally {
      await admin.disconnect();
    }
  });

  test("commits and aborts transactions; our driver and Kafka's own consumer read what was committed", async () => {
    const server = sharedKafka();
    await using topics = freshTopics(server);
    const topic = await topics.create("log");
    await write(kafkaClient(server), topic, {
      id: `${topics.prefix}.owner`,
      transactions: [
        {
          messages: [{ key: "a", value: "first\n\tline", headers: { kind: "x:y", more: "z" } }],
          commit: true,
        },
        { messages: [{ key: "b", value: "never" }], commit: false },
        { messages: [{ key: "a", value: null }, { value: "last" }], commit: true },
      ],
    });
    const group = `${topics.prefix}.readers`;
    expect(await read(kafkaClient(server), topic, { group, count: 3 })).toEqual([
      "first\n\tline",
      undefined,
      "last",
    ]);
    const [committed, everything] = await Promise.all([
      consoleConsumer(server, topic, { count: 3 }),
      consoleConsumer(server, topic, { count: 4, isolation: "read_uncommitted", partition: 0 }),
    ]);
    expect(committed).toEqual([
      { partition: 0, offset: 0, key: "a", value: "first\n\tline", headers: { kind: "x:y", more: "z" } },
      { partition: 0, offset: 4, key: "a", value: null, headers: {} },
      { partition: 0, offset: 5, key: null, value: "last", headers: {} },
    ]);
    expect(everything.map(({ value }) => value)).toEqual(["first\n\tline", "never", null, "last"]);
    await expect(consoleConsumer(server, topic, { count: 5, quietMs: 2_000 })).rejects.toThrow(
      /records of 5/,
    );
  });

  test("a topic that nobody made is an error", async () => {
    // Long enough for a topic to be made, were it made by itself.
    const retry = { maxRetryTime: 50, retries: 20 };
    const producer = kafkaClient(sharedKafka(), { retry }).producer({ retry });
    await producer.connect();
    try {
      const lost = producer.send({ topic: "misspelt", messages: [{ value: "1" }] });
      await expect(lost).rejects.toThrow("does not host this topic-partition");
    } finally {
      await producer.disconnect();
    }
  });
});

describe("a Kafka of one's own, the newest", () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({
      flavour: "newest",
      proxies: 2,
      settings: { "message.max.bytes": 2_000_000 },
    });
  });
  afterAll(() => server.stop());

  test("takes settings", async () => {
    expect(server.version).toMatch(/^4\./);
    const admin = kafkaClient(server).admin();
    await admin.connect();
    const broker = {
      type: ConfigResourceTypes.BROKER,
      name: `${server.id}`,
      configNames: ["message.max.bytes", "min.insync.replicas"],
    };
    const { resources } = await admin.describeConfigs({ resources: [broker], includeSynonyms: false });
    await admin.disconnect();
    const values = resources[0]!.configEntries.map(({ configName, configValue }) => [
      configName,
      configValue,
    ]);
    expect(Object.fromEntries(values)).toEqual({
      "message.max.bytes": "2000000",
      "min.insync.replicas": "1",
    });
  });

  test("restarts, and is killed and comes back, with what it had", async () => {
    const topics = freshTopics(server);
    const topic = await topics.create("log");
    const id = `${topics.prefix}.owner`;
    const add = (value: string) =>
      write(kafkaClient(server), topic, { id, transactions: [{ messages: [{ value }], commit: true }] });
    await add("one");
    for (const [how, value] of [
      ["shutdown", "two"],
      ["kill", "three"],
    ] as const) {
      const before = server.pid;
      await server.restart({ how });
      expect(server.pid).not.toBe(before);
      await add(value);
    }
    const records = await consoleConsumer(server, topic, { count: 3 });
    expect(records.map(({ value }) => value)).toEqual(["one", "two", "three"]);
  });

  test("answers nobody while it is paused, and goes on where it was", async () => {
    const admin = kafkaClient(server).admin();
    await admin.connect();
    try {
      server.pause();
      const answer = admin.listTopics();
      expect(await Promise.race([answer, new Promise((done) => setTimeout(done, 200, "nothing"))])).toBe(
        "nothing",
      );
      server.resume();
      expect(await answer).toBeInstanceOf(Array);
    } finally {
      await admin.disconnect();
    }
  });

  test("tells a client of the proxy by which it came, and of no other way", async () => {
    for (const proxy of [0, 1]) {
      const admin = kafkaClient({ brokers: server.brokersThrough(proxy) }).admin();
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      await admin.disconnect();
      expect(brokers).toMatchObject([{ host: "127.0.0.1", port: server.proxies[proxy]!.port }]);
    }
  });

  test("one client is cut off by its proxy and the other is not; it comes back", async () => {
    const [cut, other] = [0, 1].map((proxy) => {
      const retry = { retries: 2 };
      return kafkaClient({ brokers: server.brokersThrough(proxy) }, { retry }).admin({ retry });
    });
    await Promise.all([cut!.connect(), other!.connect()]);
    try {
      await cut!.listTopics();
      await server.proxies[0]!.refuse();
      expect(server.proxies[0]!.cut()).toBeGreaterThan(0);
      await expect(cut!.listTopics()).rejects.toThrow();
      expect(await other!.listTopics()).toBeInstanceOf(Array);
      await server.proxies[0]!.restore();
      await expect.poll(() => cut!.listTopics().catch(() => undefined)).toBeInstanceOf(Array);
    } finally {
      await Promise.all([cut!.disconnect(), other!.disconnect()]);
    }
  });

  test("an answer that is lost was a write that was done, which is not done again", async () => {
    const topics = freshTopics(server);
    const topic = await topics.create("log");
    const client = kafkaClient({ brokers: server.brokersThrough() });
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    try {
      await producer.send({ topic, messages: [{ value: "before" }], acks: -1 });
      // A request begins with its length and its kind, which is 0 for a write.
      const lost = server.proxies[0]!.loseAnswer({ of: (request) => request.readInt16BE(4) === 0 });
      await producer.send({ topic, messages: [{ value: "once" }], acks: -1 });
      await lost;
      await producer.send({ topic, messages: [{ value: "after" }], acks: -1 });
    } finally {
      await producer.disconnect();
    }
    const records = await consoleConsumer(server, topic, { count: 3 });
    expect(records.map(({ value }) => value)).toEqual(["before", "once", "after"]);
  });

  test("that cannot start says why, and leaves nothing", async () => {
    const settings = { "num.partitions": "nonsense" };
    await expect(startKafka({ flavour: "newest", settings })).rejects.toThrow("Invalid value nonsense");
  });

  test("is gone with its files when it is stopped, paused or not", async () => {
    server.pause();
    await server.stop();
    expect(server.pid).toBeUndefined();
    expect(existsSync(server.directory)).toBe(false);
    await expect(server.ready()).rejects.toThrow();
  });
});
