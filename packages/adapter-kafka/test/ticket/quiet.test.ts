import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { logLevel } from "kafkajs";
import { expect, it, onTestFinished } from "vitest";
import { kafkaTicketStore, quietLogs, type LogEntryLike } from "../../src/index.js";
import { ticketStoreSubject } from "./subject.js";

it("logs no warning and no error while workers come and go, and players are matched", async () => {
  const subject = await ticketStoreSubject(sharedKafka(), { partitions: { duel: 4 } });
  onTestFinished(() => subject.close());
  const logged: LogEntryLike[] = [];
  const logCreator = quietLogs(() => (entry) => void logged.push(entry));
  const problems: unknown[] = [];
  const process = () => {
    const kafka = kafkaClient(sharedKafka(), { logLevel: logLevel.WARN, logCreator });
    const { prefix } = subject;
    const tickets = kafkaTicketStore(kafka, { prefix, onProblem: (error) => problems.push(error) });
    const matchmaker = new Matchmaker({ queues: { duel: new OneVsOne({ maxRatingGap: 100 }) }, tickets });
    const close = async (): Promise<void> => {
      await matchmaker.close();
      await tickets.close();
    };
    return { matchmaker, close };
  };
  const [api, ...workers] = [process(), process(), process(), process()];
  for (const { matchmaker } of workers) {
    await matchmaker.start();
    const find = (name: string, region: string): Promise<unknown> =>
      api.matchmaker.find("duel", { region, players: [{ id: name, rating: 1500 }] });
    await Promise.all(["eu", "us", "asia"].flatMap((region) => [find("ann", region), find("bob", region)]));
  }
  for (const worker of workers) await worker.close();
  await api.close();
  const said = ({ label, namespace, log }: LogEntryLike): string =>
    `${label} ${namespace} ${log.message} ${typeof log.error === "string" ? log.error : ""}`;
  expect(logged.map(said)).toEqual([]);
  expect(problems).toEqual([]);
});
