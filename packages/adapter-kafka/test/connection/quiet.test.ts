import { sharedKafka } from "@evenmatch/services/vitest";
import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { freshTopics, kafkaClient } from "@evenmatch/services";
import { event, numbers, type Heard } from "@evenmatch/services/vitest/adapter";
import { logLevel, type Kafka } from "kafkajs";
import { describe, expect, it } from "vitest";
import { ensureTopics, kafkaTicketStore, quietLogs, type LogEntryLike } from "../../src/index.js";
import { EventsSubject, until } from "../event/subject.js";

const said = ({ label, namespace, log }: LogEntryLike): string =>
  `${label} ${namespace} ${log.message} ${typeof log.error === "string" ? log.error : ""}`;

/** A client, and what it logs, with and without the filter. */
function logging(): { client: () => Kafka; quiet: LogEntryLike[]; loud: LogEntryLike[] } {
  const [quiet, loud]: [LogEntryLike[], LogEntryLike[]] = [[], []];
  const logCreator = quietLogs(() => (entry) => void quiet.push(entry));
  const client = (): Kafka =>
    kafkaClient(sharedKafka(), {
      logLevel: logLevel.WARN,
      logCreator: (level) => {
        const take = logCreator(level);
        return (entry) => {
          loud.push(entry);
          take(entry);
        };
      },
    });
  return { client, quiet, loud };
}

describe("a healthy run", () => {
  it("logs no warning and no error, while members come and go", async () => {
    const { client, quiet, loud } = logging();
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 3, dead: true });
    const bus = () => subject.bus({}, client());
    const first = bus();
    const listener = await subject.listen(first);
    const members: Heard[] = [];
    for (const _ of numbers(0, 3)) members.push(await subject.listen(bus(), { group: "g" }));
    const pools = numbers(0, 6).map((index) => ({ queue: "duel", region: `r${index}` }));
    for (const round of numbers(0, 5))
      await first.publish(
        pools.map((pool) => event(round, pool)),
        {},
      );
    await until(() => listener.heard.length >= 30 && members.flatMap(({ heard }) => heard).length >= 30);
    for (const { subscription } of members) await subscription.close();
    await subject[Symbol.asyncDispose]();
    expect(quiet.map(said)).toEqual([]);
    // Without it, the driver would have warned of what is as it should be.
    expect(loud.map(said).some((text) => text.includes("rebalanc"))).toBe(true);
  });

  it("logs none, while workers come and go on topics that they have made themselves", async () => {
    const { client, quiet, loud } = logging();
    await using topics = freshTopics(sharedKafka());
    const { prefix } = topics;
    const kafkas = [client(), client()];
    await Promise.all(
      kafkas.map((kafka) => ensureTopics(kafka, { prefix, queues: ["duel"], events: false, partitions: 3 })),
    );
    const workers = kafkas.map((kafka) => {
      const tickets = kafkaTicketStore(kafka, { prefix });
      const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
      return { tickets, matchmaker: new Matchmaker({ queues, tickets }) };
    });
    const close = async ({ matchmaker, tickets }: (typeof workers)[number]): Promise<void> => {
      await matchmaker.close();
      await tickets.close();
    };
    const [first, second] = workers as [(typeof workers)[number], (typeof workers)[number]];
    await first.matchmaker.start();
    const play = async (region: string): Promise<void> => {
      const players = ["ann", "bob"].map((name) => ({ id: `${name} ${region}`, rating: 1_500 }));
      await Promise.all(
        players.map((player) => first.matchmaker.join("duel", { region, players: [player] })),
      );
    };
    await Promise.all(numbers(0, 6).map((index) => play(`r${index}`)));
    await second.matchmaker.start();
    await Promise.all(numbers(6, 12).map((index) => play(`r${index}`)));
    await close(second);
    await close(first);
    expect(quiet.map(said)).toEqual([]);
    expect(loud.length).toBeGreaterThan(0);
  });

  it("tells as DEBUG what is noise, where somebody wants to see everything", () => {
    const told: string[] = [];
    const noise: LogEntryLike = {
      namespace: "Runner",
      level: logLevel.WARN,
      label: "WARN",
      log: { timestamp: "", message: "The group is rebalancing, re-joining" },
    };
    const passing = "The coordinator is loading and hence can't process requests for this group";
    const log = { timestamp: "", message: `Crash: KafkaJSProtocolError: ${passing}` };
    const more = { ...noise, namespace: "Consumer", log };
    const news = { ...noise, log: { timestamp: "", message: "Connection timeout" } };
    for (const level of [logLevel.WARN, logLevel.DEBUG]) {
      const take = quietLogs(() => (entry) => void told.push(said(entry).trim()))(level);
      take(noise);
      take(more);
      take(news);
    }
    expect(told).toEqual([
      "WARN Runner Connection timeout",
      "DEBUG Runner The group is rebalancing, re-joining",
      `DEBUG Consumer ${log.message}`,
      "WARN Runner Connection timeout",
    ]);
  });
});
