import type { BusEvent, PoolKey } from "@evenmatch/core";
import { encodeEvent } from "@evenmatch/core/adapter";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { event, events, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PUBLISH } from "../../src/event/publisher.js";
import { TestDatabase } from "../databases.js";
import { EventsSubject, until } from "./subject.js";

/** What a bus would send that trusts the order of a sequence. */
const NAIVE = "INSERT INTO {schema}.events (event) SELECT event FROM unnest($2::text[]) event WHERE $1 <> ''";

describe.each(sharedPostgres())("events on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  it.each(["read committed", "repeatable read", "serializable"])(
    "of eight publishers come once and in the order of each pool, where transactions are %s",
    async (isolation) => {
      await using other = await TestDatabase.on(server);
      // Of every connection that is made from now on.
      const name = new URL(other.url).pathname.slice(1);
      await other.rows(`ALTER DATABASE ${name} SET default_transaction_isolation = '${isolation}'`);
      await using subject = await EventsSubject.on(other);
      const everyone = [await subject.listen(subject.bus()), await subject.listen(subject.bus())];
      const shared: BusEvent[] = [];
      for (let members = 0; members < 2; members++)
        await subject.listen(subject.bus(), { group: "g", handle: (batch) => void shared.push(...batch) });
      const pools = numbers(0, 8).map((index): PoolKey => ({ queue: "duel", region: `r${index}` }));
      await Promise.all(
        pools.map(async (pool) => {
          const bus = subject.bus();
          for (let round = 0; round < 50; round++)
            await bus.publish(events(4 * round, 4 * round + 4, pool), {});
        }),
      );
      await until(() => everyone.every(({ heard }) => heard.length >= 1_600) && shared.length >= 1_600);
      for (const { region } of pools) {
        const of = (heard: readonly BusEvent[]) => seqs(heard.filter(({ pool }) => pool?.region === region));
        for (const { heard } of everyone) expect(of(heard)).toEqual(numbers(0, 200));
        expect(of(shared)).toEqual(numbers(0, 200));
      }
    },
    60_000,
  );

  it.each([
    { how: "as a bus publishes", statement: PUBLISH, heardInTheEnd: [0, 1, 2] },
    // What a plain sequence would come to: the test must be able to fail.
    { how: "with nothing but a sequence", statement: NAIVE, heardInTheEnd: [1, 2] },
  ])("are not passed by a reader while they are on their way, $how", async ({ statement, heardInTheEnd }) => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus();
    const { heard } = await subject.listen(bus);
    const text = statement.replaceAll("{schema}", () => subject.name);
    const slow = await database.admin.connect();
    const fast = await database.admin.connect();
    try {
      await slow.query("BEGIN");
      await slow.query(text, [subject.schema, [encodeEvent(event(0))]]);
      // The second draws its position after the first, and may be committed before it.
      const published = fast.query(text, [subject.schema, [encodeEvent(event(1))]]);
      const isPassed = statement === NAIVE;
      if (isPassed) {
        await published;
        await until(() => heard.length > 0);
      } else {
        await until(async () => {
          const waiting = await subject.rows(
            `SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()`,
          );
          return waiting.length > 0;
        });
      }
      await slow.query("COMMIT");
      await published;
      await bus.publish([event(2)], {});
      await until(() => seqs(heard).includes(2));
      expect(seqs(heard)).toEqual(heardInTheEnd);
    } finally {
      slow.release();
      fast.release();
    }
  });

  it("published without waiting keep the order of the calls", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus();
    const { heard } = await subject.listen(subject.bus());
    await Promise.all(numbers(0, 300).map((seq) => bus.publish([event(seq)], {})));
    await until(() => heard.length >= 300);
    expect(seqs(heard)).toEqual(numbers(0, 300));
  });
});
