import { sharedKafka } from "@evenmatch/services/vitest";
import { kafkaClient } from "@evenmatch/services";
import { logLevel } from "kafkajs";
import { describe, expect, it } from "vitest";
import { quietLogs, type LogEntryLike } from "../../src/index.js";
import { event, EventsSubject, numbers, until, type Heard } from "../event/subject.js";

const said = ({ label, namespace, log }: LogEntryLike): string =>
  `${label} ${namespace} ${log.message} ${typeof log.error === "string" ? log.error : ""}`;

describe("a healthy run", () => {
  it("logs no warning and no error, while members come and go", async () => {
    const [quiet, loud]: [LogEntryLike[], LogEntryLike[]] = [[], []];
    const logCreator = quietLogs(() => (entry) => void quiet.push(entry));
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 3, dead: true });
    const bus = () =>
      subject.bus(
        {},
        kafkaClient(sharedKafka(), {
          logLevel: logLevel.WARN,
          logCreator: (level) => {
            const take = logCreator(level);
            return (entry) => {
              loud.push(entry);
              take(entry);
            };
          },
        }),
      );
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

  it("tells as DEBUG what is noise, where somebody wants to see everything", () => {
    const told: string[] = [];
    const noise: LogEntryLike = {
      namespace: "Runner",
      level: logLevel.WARN,
      label: "WARN",
      log: { timestamp: "", message: "The group is rebalancing, re-joining" },
    };
    const news = { ...noise, log: { timestamp: "", message: "Connection timeout" } };
    for (const level of [logLevel.WARN, logLevel.DEBUG]) {
      const take = quietLogs(() => (entry) => void told.push(said(entry).trim()))(level);
      take(noise);
      take(news);
    }
    expect(told).toEqual([
      "WARN Runner Connection timeout",
      "DEBUG Runner The group is rebalancing, re-joining",
      "WARN Runner Connection timeout",
    ]);
  });
});
