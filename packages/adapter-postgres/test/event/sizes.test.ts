import type { BusEvent } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { event, numbers, POOL } from "@evenmatch/services/vitest/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestDatabase } from "../databases.js";
import { EventsSubject, until } from "./subject.js";

describe.each(sharedPostgres())("events on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const ids = (heard: readonly BusEvent[]): string[] =>
    heard.map((one) => (one.type === "match.delivered" ? one.data.matchId : one.type));

  /** What was published is what everybody and a group hears. */
  const roundTrip = async (sent: readonly string[], isTogether: boolean): Promise<void> => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus({ timeoutMs: 30_000 });
    const listeners = [await subject.listen(bus), await subject.listen(bus, { group: "g" })];
    const batch = sent.map((id, seq) => event(seq, POOL, id));
    if (isTogether) await bus.publish(batch, {});
    else for (const one of batch) await bus.publish([one], {});
    for (const { heard } of listeners) {
      await until(() => heard.length >= sent.length, 60_000);
      // Compared one by one: the difference of megabytes is nothing to print.
      const isEqual = ids(heard).map((id, index) => id === sent[index]);
      expect(isEqual).toEqual(sent.map(() => true));
    }
  };

  it("of 5 MB arrive whole, together and one by one", async () => {
    const large = numbers(0, 3).map((index) => `${index}`.repeat(5_000_000));
    await roundTrip([...large, "small"], true);
    await roundTrip(["small", ...large], false);
  });

  it("of 50 KB, a thousand together, arrive whole", async () => {
    await roundTrip(
      numbers(0, 1_000).map((index) => `${index} `.padEnd(50_000, "é")),
      true,
    );
  });

  it("of five thousand at once arrive in order", async () => {
    await roundTrip(
      numbers(0, 5_000).map((index) => `${index}`),
      true,
    );
  });

  it("with every kind of character arrive as they were", async () => {
    const strange = [
      "\0",
      "a\0b",
      "\ud800",
      "\udc00\ud800",
      "'\"\\\\u0000",
      "{schema}$1",
      "Zoë 🎲\n\t\u2028",
      "",
    ];
    await roundTrip(strange, true);
    await roundTrip(strange, false);
  });
});
