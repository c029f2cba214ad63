import { ensureTopics } from "@evenmatch/adapter-kafka";
import { startKafka, type KafkaServer, type KafkaSettings } from "@evenmatch/services";
import { Kafka, logLevel, type Admin } from "kafkajs";
import { cpuOf } from "../deployment/cpu.js";
import type { EngineServer } from "../deployment/engine.js";
import { percentile } from "../figures.js";
import { figure } from "../report.js";
import { warmUp } from "./warm-up.js";

const WRITES = 200;
/** What Kafka's own start script gives Java: tests run brokers with less memory, and with longer stops for collecting it. */
const JAVA = [
  "-Xms1g",
  "-Xmx1g",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
];
/** A topic for what the driver does alone. */
export const BARE_TOPIC = "bare";

/** Which topics there are. */
export interface Layout {
  readonly queue: string;
  readonly partitions: number;
  /** More lines of server.properties. */
  readonly settings?: KafkaSettings;
}

/** Runs work on a broker of its own, whose Java is compiled as it is in use. */
export async function onServer<T>(layout: Layout, work: (server: BenchServer) => Promise<T>): Promise<T> {
  await using kafka = await startKafka({ java: JAVA, settings: layout.settings ?? {} });
  const server = new BenchServer(kafka);
  await server.make(layout);
  await warmUp(server.kafka, BARE_TOPIC);
  return await work(server);
}

/** A client of the driver, with the driver's settings. */
export function client(url: string): Kafka {
  return new Kafka({
    clientId: "evenmatch-bench",
    brokers: url.split(","),
    logLevel: logLevel.NOTHING,
  });
}

async function isThere(admin: Admin): Promise<boolean> {
  const known = await admin.fetchTopicMetadata({ topics: [BARE_TOPIC] }).catch(() => undefined);
  return known?.topics[0]?.partitions[0]?.leader !== undefined;
}

/** The broker of a run. */
export class BenchServer implements EngineServer {
  readonly url: string;
  readonly kafka: Kafka;
  readonly #server: KafkaServer;

  constructor(server: KafkaServer) {
    this.#server = server;
    this.url = server.brokers.join(",");
    this.kafka = client(this.url);
  }

  /** Makes the topics of a deployment whose names begin with a prefix, and the one for the driver alone. */
  async make({ queue, partitions }: Layout, prefix = "match"): Promise<void> {
    await ensureTopics(this.kafka, { prefix, queues: [queue], partitions, events: `${prefix}-events` });
    const admin = this.kafka.admin();
    await admin.connect();
    // Nothing happens where it is there.
    await admin.createTopics({ topics: [{ topic: BARE_TOPIC, numPartitions: 1 }], waitForLeaders: false });
    // The broker hears of what its controller has made a moment later.
    while (!(await isThere(admin))) await new Promise((resolve) => setTimeout(resolve, 20));
    await admin.disconnect();
  }

  async describe(): Promise<string> {
    const producer = this.kafka.producer();
    await producer.connect();
    const took: number[] = [];
    for (let n = 0; n < WRITES; n++) {
      const started = performance.now();
      await producer.send({ topic: BARE_TOPIC, messages: [{ value: String(n) }], acks: -1 });
      took.push(performance.now() - started);
    }
    await producer.disconnect();
    const [median, high] = [0.5, 0.99].map((share) => figure(percentile(took, share)));
    return `Kafka ${this.#server.version}, one broker; one record with acks=all: median ${median!} ms, p99 ${high!} ms`;
  }

  /** There is nothing to bring about: a broker leaves writing to the system. */
  async rest(): Promise<void> {}

  async cpu(): Promise<number> {
    return cpuOf(this.#server.pid ?? 0);
  }
}
