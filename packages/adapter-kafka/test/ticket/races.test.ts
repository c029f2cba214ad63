import { sharedKafka } from "@evenmatch/services/vitest";
import { playConflicts, playMixedBatches, playRaces } from "@evenmatch/services/vitest/adapter";
import { withSeed } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { running } from "./running.js";
import { ticketStoreSubject, type Subject } from "./subject.js";

const CONNECTIONS = 6;
/** So many hundred calls, one after the other, may take a while where a machine has much else to do; in ms. */
const SLOW = 240_000;

async function onSubject(run: (subject: Subject) => Promise<void>, regions: string[] = []): Promise<void> {
  const options = { regions, partitions: { duel: Math.max(1, regions.length) } };
  const subject = await ticketStoreSubject(sharedKafka(), options);
  try {
    await run(subject);
  } finally {
    await subject.close();
  }
}

it("races from six connections leave every ticket with one end, and say so to those who asked", () =>
  onSubject(
    (subject) =>
      withSeed(async (seed) => {
        const stores = Array.from({ length: CONNECTIONS }, () => subject.store());
        const { ends: expected } = await playRaces(stores, { seed, rounds: 40 });
        // Whoever runs the pools next finds what callers were told.
        await using next = running(subject.store());
        const ids = [...expected.keys()];
        const queries = ids.map((ticketId) => ({ type: "ticket", ticketId }) as const);
        const found = await stores[1]!.read(queries, {});
        const ends = new Map(
          ids.map((id, n) => {
            const one = found[n];
            return [id, one?.type === "ticket" ? (one.matchId ?? one.state) : "unknown"];
          }),
        );
        expect(ends).toEqual(expected);
        expect(next.heard.map(({ type }) => type)).not.toContain("lost");
      }),
    ["eu", "us"],
  ));

it("answers batches in which everything builds on everything as if sent one by one", { timeout: SLOW }, () =>
  onSubject((subject) =>
    playMixedBatches(subject.store(), async () => {
      // The books are the fold of the log, which a test of its own holds against the life.
    }),
  ),
);

it("names the ticket of the first player who is in the way, also one that leaves later in the same batch", () =>
  onSubject(async (subject) => {
    const store = subject.store();
    await using owner = running(store);
    await playConflicts(store);
    expect(owner.lease()).toBeDefined();
  }));
