import type { Kafka, Message, Producer, ProducerBatch, ProducerRecord, Transaction } from "kafkajs";
import type { Records, Sent, Topics } from "./bare.js";

/** A client that notes what is sent through its producers, as it is sent. */
export function recording(client: Kafka, topics: Topics): { readonly client: Kafka; taken(): Sent } {
  let sent = nothing();
  const transactions = (transaction: Transaction): Transaction => {
    const sends: Records[] = [];
    return overridden(transaction, {
      send: (record: ProducerRecord) => {
        sends.push(record.messages);
        return transaction.send(record);
      },
      commit: () => {
        sent.transactions.push(sends);
        return transaction.commit();
      },
    });
  };
  const producers = (producer: Producer): Producer =>
    overridden(producer, {
      transaction: async () => transactions(await producer.transaction()),
      sendBatch: (batch: ProducerBatch) => {
        for (const { topic, messages } of batch.topicMessages ?? []) {
          if (topic === topics.requests) sent.requests.push(messages);
          else if (topic === topics.answers) sent.answers.push(messages);
          else sent.events.push(messages);
        }
        return producer.sendBatch(batch);
      },
    });
  const recorded = overridden(client, {
    producer: (settings: Parameters<Kafka["producer"]>[0]) => producers(client.producer(settings)),
  });
  const taken = (): Sent => {
    const all = sent;
    sent = nothing();
    return all;
  };
  return { client: recorded, taken };
}

function nothing() {
  const [requests, answers, events]: Message[][][] = [[], [], []];
  return {
    requests: requests!,
    transactions: [] as Records[][],
    answers: answers!,
    events: events!,
  };
}

/** An object with some of its functions replaced. */
function overridden<T extends object>(target: T, functions: object): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (name in functions) return Reflect.get(functions, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
