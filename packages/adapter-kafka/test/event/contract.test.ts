import { startKafka, STEADY, type Brokers, type KafkaServer } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { describeEventBus } from "@evenmatch/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { EventsSubject } from "./subject.js";

function describeBus(server: () => Brokers): void {
  describeEventBus(
    { describe, it: (promise, run) => it(promise, run, 60_000) },
    {
      name: "KafkaEventBus",
      capabilities: { delivery: "at-least-once", groups: true },
      patienceMs: 30_000,
      async open() {
        const subject = await EventsSubject.open(server());
        return {
          bus: () => subject.bus(),
          close: () => subject[Symbol.asyncDispose](),
        };
      },
    },
  );
}

describe(`on Kafka ${sharedKafka().version}`, () => {
  describeBus(sharedKafka);
});

describe("on the newest Kafka", () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({ flavour: "newest", settings: STEADY });
  });
  afterAll(() => server.stop());

  describeBus(() => server);
});
