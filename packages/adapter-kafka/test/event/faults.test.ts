import { readFileSync } from "node:fs";
import type { EvenmatchError } from "@evenmatch/core";
import { consoleConsumer, kafkaClient, startKafka, type KafkaServer } from "@evenmatch/services";
import { event, events, hurried, numbers, once, seqs } from "@evenmatch/services/vitest/adapter";
import type { KafkaConfig } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KafkaEventBus } from "../../src/index.js";
import { fault, refused } from "../faults/row.js";
import { grant, rightOf, type Grant } from "../users.js";
import { EventsSubject, insist, until } from "./subject.js";

const PASSWORD = "not-the-usual-one";

describe("events on a Kafka of one's own", () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await startKafka({
      proxies: 2,
      settings: {
        // Who comes through the second proxy says who they are, and may do what is granted to them: nothing.
        "listener.security.protocol.map":
          "DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXY0:PLAINTEXT,PROXY1:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.proxy1.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_ann="${PASSWORD}";`,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
      },
    });
  });
  afterAll(() => server.stop());

  /** One that gives up sooner than a user's would. */
  const away = (options: Partial<KafkaConfig> = {}) =>
    kafkaClient(
      { brokers: server.brokersThrough(0) },
      { requestTimeout: 1_500, connectionTimeout: 500, retry: { retries: 3 }, ...options },
    );

  /** One that says who it is. */
  const client = (password: string) =>
    kafkaClient(
      { brokers: server.brokersThrough(1) },
      { sasl: { mechanism: "plain", username: "ann", password }, retry: { retries: 1 } },
    );

  fault("connections are cut, and the network loses everything for a while", async () => {
    await using subject = await EventsSubject.open(server);
    const [proxy] = server.proxies;
    const bus = subject.bus({}, away());
    const { heard } = await subject.listen(bus);
    const { heard: shared } = await subject.listen(bus, { group: "g" });
    const publisher = subject.bus();
    for (let round = 0; round < 8; round++) {
      await publisher.publish(events(5 * round, 5 * round + 5), {});
      if (round % 4 === 1) proxy!.cut();
      if (round % 4 === 2) proxy!.stall();
      if (round % 4 !== 3) continue;
      await proxy!.restore();
      await until(() => heard.length >= 5 * round + 5);
    }
    await until(() => seqs(shared).includes(39));
    expect(seqs(heard)).toEqual(numbers(0, 40));
    // A group may get again what it was done with and could not say.
    expect(once(seqs(shared))).toEqual(numbers(0, 40));
  });

  fault("the answer to a publish is lost", async (row) => {
    await using subject = await EventsSubject.open(server);
    const [proxy] = server.proxies;
    const { heard } = await subject.listen(subject.bus());
    const publisher = subject.bus({}, away());
    await publisher.publish([event(0)], {});
    const told: EvenmatchError[] = [];
    const note = (error: EvenmatchError): never => {
      told.push(error);
      throw error;
    };
    for (const seq of [1, 2]) {
      const of = (request: Buffer): boolean => request.includes(`m${seq}`);
      const lost = seq === 1 ? proxy!.loseAnswer({ of }) : proxy!.loseRequest({ of });
      await insist(() => publisher.publish([event(seq)], {}).catch(note));
      await lost;
    }
    for (const { code, retryable } of told) expect([code, retryable]).toEqual([row.code, row.retryable]);
    await publisher.publish([event(3)], {});
    await until(() => seqs(heard).includes(3));
    expect(once(seqs(heard))).toEqual([0, 1, 2, 3]);
    expect(heard.length).toBeLessThanOrEqual(8);
  });

  it("go on after the broker was killed with -9: who listened has missed nothing, and groups are where they were", async () => {
    await using subject = await EventsSubject.open(server);
    const told: string[] = [];
    const client = kafkaClient(server, { retry: { retries: 2 } });
    const bus = subject.bus({ onError: ({ code }) => told.push(code) }, client);
    const { heard } = await subject.listen(bus);
    const member = await subject.listen(bus, { group: "g" });
    await bus.publish(events(0, 5), {});
    await until(() => heard.length >= 5 && member.heard.length >= 5);
    await server.kill();
    const down = subject.bus({ timeoutMs: 500 }, away());
    const refused = { code: "STORE_UNAVAILABLE", retryable: true };
    const calls: ((bus: KafkaEventBus) => Promise<unknown>)[] = [
      (one) => one.publish([event(5)], {}),
      (one) => one.subscribe(() => {}, {}),
      (one) => one.subscribe(() => {}, { group: "g" }),
    ];
    for (const call of calls) await expect(call(down)).rejects.toMatchObject(refused);
    // For so long that the driver gives up its readers.
    await until(() => told.length > 0);
    await server.start();
    await insist(() => down.publish([event(5)], {}));
    await insist(() => bus.publish(events(6, 10), {}));
    await until(() => seqs(heard).includes(9) && seqs(member.heard).includes(9), 60_000);
    expect([once(seqs(heard)), once(seqs(member.heard))]).toEqual([numbers(0, 10), numbers(0, 10)]);
    expect(told.filter((code) => code !== "STORE_UNAVAILABLE")).toEqual([]);
  });

  it("go through with the rights that the docs list", async () => {
    await using subject = await EventsSubject.open(server, { dead: true });
    const page = readFileSync(new URL("../../../../docs/kafka-events.md", import.meta.url), "utf8");
    const rows = page.split("\n").flatMap((line) => {
      const [, resource, name, pattern, operations] = line.split("|").map((cell) => cell.trim());
      return pattern === "literal" || pattern === "prefixed" ? [{ resource, name, pattern, operations }] : [];
    });
    expect(rows).toHaveLength(3);
    const rights = rows.flatMap(({ resource, name, pattern, operations }) =>
      operations!.split(", ").map((operation) =>
        rightOf("ann", {
          resource: resource === "topic" ? "TOPIC" : "GROUP",
          name: name!.replaceAll("`", "").replace("match-events", subject.topic),
          pattern: pattern === "literal" ? "LITERAL" : "PREFIXED",
          operation: operation.replaceAll("`", "").toUpperCase() as NonNullable<Grant["operation"]>,
        }),
      ),
    );
    await grant(server, rights);
    const told: string[] = [];
    const bus = subject.bus({ onError: ({ code }) => told.push(code) }, client(PASSWORD));
    const alone = await subject.listen(bus);
    const refusing = { clock: hurried(), timeoutMs: 1_000_000 };
    const member = await subject.listen(subject.bus(refusing, client(PASSWORD)), {
      group: "g",
      handle: () => Promise.reject(new Error("no")),
    });
    await bus.publish([event(0)], {});
    await until(() => alone.heard.length > 0 && member.heard.length >= 10);
    const [letter] = await consoleConsumer(server, `${subject.topic}.dead`, { count: 1 });
    expect(letter?.headers["evenmatch-group"]).toBe("g");
    await alone.subscription.close();
    expect(told).toEqual([]);
  });

  fault("the topic of events is not there", async (row) => {
    await using subject = await EventsSubject.open(server);
    await subject.topics.drop();
    const bus = subject.bus();
    await refused(row, {
      subscribe: () => bus.subscribe(() => {}, {}),
      share: () => bus.subscribe(() => {}, { group: "g" }),
      publish: () => bus.publish([event(0)], {}),
    });
  });

  fault("an event is larger than the topic takes", async (row) => {
    await using subject = await EventsSubject.open(server);
    const bus = subject.bus();
    const { heard } = await subject.listen(bus);
    const large = (seq: number, size: number) => event(seq, undefined, "x".repeat(size));
    const calls = [
      bus.publish([large(0, 600_000), large(1, 600_000)], {}),
      bus.publish([large(2, 2_000_000)], {}),
      bus.publish([event(3)], {}),
    ];
    await refused(row, { publish: () => calls[1]! });
    await Promise.all([calls[0], calls[2]]);
    await until(() => seqs(heard).includes(3));
    expect(once(seqs(heard))).toEqual([0, 1, 3]);
  });
});
