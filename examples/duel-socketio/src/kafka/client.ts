import { quietLogs } from "@evenmatch/adapter-kafka";
import { Kafka, logLevel } from "kafkajs";

/** So long it takes to notice a connection that the network has forgotten, in ms. */
const ANSWER = 10_000;

/** What reaches these brokers; nothing is sent before it is used. Brokers that want to know who asks are told it here. */
export function clientOf(brokers: readonly string[], name: string): Kafka {
  return new Kafka({
    clientId: `duel-${name}`,
    brokers: [...brokers],
    requestTimeout: ANSWER,
    logLevel: logLevel.WARN,
    logCreator: quietLogs(),
  });
}
