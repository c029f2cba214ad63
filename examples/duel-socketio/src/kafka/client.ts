import { quietLogs } from "@evenmatch/adapter-kafka";
import { Kafka, logLevel } from "kafkajs";

/** So long it takes to notice a connection that the network has forgotten, in ms. */
const ANSWER = 10_000;

/** So long a broker that is busy may take to be connected to, in ms; a second by default. */
const CONNECT = 5_000;

/** What reaches these brokers; nothing is sent before it is used. Brokers that want to know who asks are told it here. */
export function clientOf(brokers: readonly string[], name: string): Kafka {
  return new Kafka({
    clientId: `duel-${name}`,
    brokers: [...brokers],
    connectionTimeout: CONNECT,
    requestTimeout: ANSWER,
    logLevel: logLevel.WARN,
    logCreator: quietLogs(),
  });
}
