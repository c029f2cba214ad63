import type { TestProject } from "vitest/node";
import { findKafka, type FoundKafka } from "../kafka/find.js";
import type { KafkaFlavour } from "../kafka/installation.js";

/** What a test knows of the Kafka that the run shares. */
export interface SharedKafka {
  /** As `host:port`. */
  brokers: string[];
  flavour: KafkaFlavour;
  /** Unknown of brokers that the environment names. */
  version: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    /** The brokers that `kafka-setup` found. */
    kafka: SharedKafka;
  }
}

// Every project loads this file anew, but all run in one process: what they share hangs on the global object.
const key = Symbol.for("evenmatch.services.kafka");
interface Shared {
  users: number;
  server: Promise<FoundKafka>;
}
const registry = globalThis as { [key]?: Shared | undefined };

/** One is enough to share: a broker takes seconds and half a gigabyte. */
const flavour: KafkaFlavour = "usual";

/**
 * Vitest's global setup: finds or starts one Kafka, once per run however many projects ask for it, and none where no
 * test of such a project runs. Tests get at it by `sharedKafka`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (registry[key] ??= { users: 0, server: findKafka(flavour) });
  shared.users += 1;
  const server = await shared.server;
  project.provide("kafka", { brokers: server.brokers, flavour, version: server.version });
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    registry[key] = undefined;
    await server.stop();
  };
}
