import { waitFor } from "../process/wait.js";
import { aliveBrokers, impatient, withAdmin } from "./client.js";
import type { KafkaServer } from "./server.js";
import { startBrokers, type KafkaOptions } from "./start.js";

/** What kind of cluster to start. */
export interface KafkaClusterOptions extends KafkaOptions {
  /** How many brokers. Default 3, the fewest of which one may be lost. */
  brokers?: number;
}

/**
 * Starts a cluster that belongs to the caller alone. Topics have three copies, of which two take a write that waits
 * for all (`acks: -1`): one broker may be lost. Every broker is a controller too.
 *
 * @throws Error saying what to install, where no programs of Kafka are found.
 */
export async function startKafkaCluster(options: KafkaClusterOptions = {}): Promise<KafkaCluster> {
  const cluster = new KafkaCluster(await startBrokers(options.brokers ?? 3, options));
  try {
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** A cluster of our own. It ends with this process, however this process ends, and its files are removed. */
export class KafkaCluster implements AsyncDisposable {
  /** Its brokers, in the order of their numbers. */
  readonly nodes: readonly KafkaServer[];

  /** Use `startKafkaCluster`. */
  constructor(nodes: readonly KafkaServer[]) {
    this.nodes = nodes;
  }

  /** What a client is given to reach it. */
  get brokers(): string[] {
    return this.nodes.flatMap(({ brokers }) => brokers);
  }

  /** What a client is given to reach every broker through its n-th proxy. */
  brokersThrough(proxy = 0): string[] {
    return this.nodes.flatMap((node) => node.brokersThrough(proxy));
  }

  /**
   * Waits until the brokers that run know each other and nobody else, and each has all of what it should have a copy
   * of.
   */
  async ready({ timeoutMs = 90_000 }: { timeoutMs?: number } = {}): Promise<void> {
    const isWhole = async () => {
      const running = this.#running();
      const ids = running.map(({ id }) => id).sort();
      const views = await Promise.all(
        running.map(async ({ brokers }) => (await aliveBrokers(brokers)).sort()),
      );
      return views.every((view) => view.join() === ids.join()) && (await this.#isInSync(running));
    };
    await waitFor(isWhole, { what: "the brokers of the cluster to be in sync", timeoutMs, everyMs: 100 });
  }

  async #isInSync(running: readonly KafkaServer[]): Promise<boolean> {
    const { topics } = await withAdmin(running[0]!.brokers, (admin) => admin.fetchTopicMetadata(), impatient);
    const isCurrent = ({ id }: KafkaServer, { replicas, isr }: { replicas: number[]; isr: number[] }) =>
      !replicas.includes(id) || isr.includes(id);
    const partitions = topics.flatMap((topic) => topic.partitions);
    return partitions.every((one) => one.leader >= 0 && running.every((node) => isCurrent(node, one)));
  }

  /**
   * The broker that takes writes for a partition now. That of `__consumer_offsets` coordinates all groups, that of
   * `__transaction_state` all transactions: each has one partition, as soon as it is used.
   */
  async leaderOf(topic: string, partition = 0): Promise<KafkaServer> {
    const { topics } = await withAdmin(this.#running()[0]!.brokers, (admin) =>
      admin.fetchTopicMetadata({ topics: [topic] }),
    );
    const leader = topics[0]!.partitions.find((one) => one.partitionId === partition)?.leader;
    const node = this.nodes.find(({ id }) => id === leader);
    if (node === undefined) throw new Error(`nobody leads partition ${partition} of ${topic}`);
    return node;
  }

  #running(): KafkaServer[] {
    const running = this.nodes.filter(({ pid }) => pid !== undefined);
    if (running.length === 0) throw new Error("no broker of this cluster runs");
    return running;
  }

  /** Ends every broker for good and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
