import { setTimeout as pause } from "node:timers/promises";
import { ensureTopics } from "@evenmatch/adapter-kafka";
import {
  kafkaClient,
  startKafka,
  startKafkaCluster,
  type KafkaCluster,
  type KafkaServer,
  type TcpProxy,
} from "@evenmatch/services";
import { rng as chanceOf, type Rng } from "@evenmatch/testkit";
import type { Dump, Ground, Mix } from "../cluster/ground.js";
import { strikeProxy } from "../cluster/network.js";
import { soakQueues } from "../queues.js";
import { dump } from "./dump.js";
import { Follower } from "./follower.js";
import { poison } from "./poison.js";
import { REGIONS, type KafkaSettings } from "./ports.js";

const QUEUES = Object.keys(soakQueues(chanceOf(0)));
const REQUESTS = QUEUES.map((queue) => `match.${queue}`);
const LOGS = QUEUES.map((queue) => `match.${queue}.log`);
const ALL_LOGS = /match\.[a-z]+\.log/;

/** One for each region. */
const PARTITIONS = REGIONS.length;

/** Server processes that may be there at once: those of a run, and one that has not been noticed to be dead. */
const WAYS = 6;

/** The number by which the protocol calls the end of a transaction. */
const END_TXN = 26;

/** How long a commit is waited for whose answer could be lost, in ms. */
const PATIENCE = 3_000;

/** A Kafka of its own for one run: one broker or three, each with a proxy in front of it for each server process. */
export class KafkaGround implements Ground {
  /** It keeps what it acknowledged, through all that is done to it here. */
  readonly lossWindows = [];
  /** Longer than a session, so that others have taken over when it goes on. */
  readonly freezeMs = [7_500, 9_000] as const;
  /** Who comes back within a session has all others wait for its end; who comes later has not. */
  readonly absencesMs = [
    [200, 1_500],
    [6_500, 8_000],
  ] as const;
  readonly #nodes: readonly KafkaServer[];
  readonly #stop: () => Promise<void>;
  readonly #follower: Follower;
  /** The number of the proxy of each broker that a process goes through. */
  readonly #ways = new Map<string, number>();
  /** What is done to the brokers is done one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosing = false;

  private constructor(nodes: readonly KafkaServer[], stop: () => Promise<void>, follower: Follower) {
    this.#nodes = nodes;
    this.#stop = stop;
    this.#follower = follower;
  }

  static async open(mix: Mix): Promise<KafkaGround> {
    const cluster: KafkaCluster | undefined = mix.faults["lose-broker"]
      ? await startKafkaCluster({ proxies: WAYS })
      : undefined;
    const nodes = cluster?.nodes ?? [await startKafka({ proxies: WAYS })];
    const stop = async (): Promise<void> => {
      await Promise.all(nodes.map((node) => node.stop()));
    };
    try {
      const brokers = nodes.flatMap((node) => node.brokers);
      await ensureTopics(kafkaClient({ brokers }), { queues: QUEUES, partitions: PARTITIONS });
      return new KafkaGround(nodes, stop, await Follower.start({ brokers }, LOGS));
    } catch (error) {
      await stop();
      throw error;
    }
  }

  get brokers(): string[] {
    return this.#nodes.flatMap(({ brokers }) => brokers);
  }

  settingsOf(process: string): Promise<KafkaSettings> {
    const taken = new Set(this.#ways.values());
    const way = Array.from({ length: WAYS }, (_, index) => index).find((index) => !taken.has(index));
    if (way === undefined) return Promise.reject(new Error(`there is no proxy left for ${process}`));
    this.#ways.set(process, way);
    return Promise.resolve({
      name: process,
      brokers: this.#nodes.flatMap((node) => node.brokersThrough(way)),
    });
  }

  async strike(kind: string, process: string, rng: Rng): Promise<void> {
    switch (kind) {
      case "kill-broker":
      case "kill-both":
        return this.#toBroker((node) => node.restart({ how: "kill" }), rng);
      case "lose-broker":
        return this.#toBroker((node) => node.kill(), rng);
      case "lose-commit":
        return this.#loseCommit(process);
      case "poison":
        return poison({ brokers: this.brokers }, REQUESTS, PARTITIONS, rng);
      default:
        return strikeProxy(kind, rng.pick(this.#proxiesOf(process)), rng);
    }
  }

  gone(process: string): void {
    // Whoever comes next through them finds them as they were.
    for (const proxy of this.#proxiesOf(process)) void proxy.restore();
    this.#ways.delete(process);
  }

  isSettled(): Promise<boolean> {
    return Promise.resolve(this.#follower.view.isSettled);
  }

  look(): Promise<Dump> {
    return Promise.resolve(this.#follower.view.dump());
  }

  dump(): Promise<Dump> {
    const { flavour } = this.#nodes[0]!;
    return dump({ brokers: this.brokers, flavour }, ALL_LOGS, this.#follower.view.size);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#last.catch(() => {});
    await this.#follower.close();
    await this.#stop();
  }

  #proxiesOf(process: string): TcpProxy[] {
    const way = this.#ways.get(process);
    return way === undefined ? [] : this.#nodes.map(({ proxies }) => proxies[way]!);
  }

  /** A transaction is committed, and whoever wrote it does not hear of it. */
  async #loseCommit(process: string): Promise<void> {
    const of = (request: Buffer): boolean => request.length >= 6 && request.readInt16BE(4) === END_TXN;
    const lost = this.#proxiesOf(process).map((proxy) => proxy.loseAnswer({ of }));
    await Promise.race([...lost, pause(PATIENCE)]);
  }

  #toBroker(run: (node: KafkaServer) => Promise<void>, rng: Rng): Promise<void> {
    const done = this.#last.then(async () => {
      if (!this.#isClosing) await run(rng.pick(this.#nodes.filter(({ pid }) => pid !== undefined)));
    });
    this.#last = done.catch(() => {});
    return done;
  }
}
