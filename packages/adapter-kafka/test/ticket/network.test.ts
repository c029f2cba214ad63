import type { Lease, Match, Ticket } from "@evenmatch/core";
import { kafkaClient, startKafka, type KafkaServer } from "@evenmatch/services";
import { afterAll, beforeAll, expect } from "vitest";
import { KafkaTicketStore } from "../../src/index.js";
import { fault } from "../faults/row.js";
import { running } from "./running.js";
import { ticketStoreSubject } from "./subject.js";

const NOW = 1_750_000_000_000;
/** Kafka's number of the request that ends a transaction, which stands behind the length of a request. */
const END_TRANSACTION = 26;

// It takes 10 s, and more on a machine that is busy.
let server: KafkaServer;
beforeAll(async () => {
  server = await startKafka({ proxies: 1 });
});
afterAll(() => server.stop());

function ticket(name: string): Ticket {
  const players = [{ id: name, rating: 1500 }];
  return { id: `duel.eu.${name}`, queue: "duel", region: "eu", players, joinedAt: NOW };
}

function isEndOfTransaction(piece: Buffer): boolean {
  return piece.length > 6 && piece.readInt16BE(4) === END_TRANSACTION;
}

fault("answers to commits are lost, connections are cut, and the broker is killed", async () => {
  const subject = await ticketStoreSubject(server);
  const away = kafkaClient({ brokers: server.brokersThrough(0) }, { requestTimeout: 2_000 });
  const worker = new KafkaTicketStore(away, { prefix: subject.prefix });
  const api = subject.store();
  const owner = running(worker);
  const [proxy] = server.proxies;
  const matches: Match[] = [];
  const added: string[] = [];
  let isOver = false;

  /** Somebody joins, and repeats it as a matchmaker does, until it is known what came of it. */
  const join = async (one: Ticket): Promise<void> => {
    for (;;) {
      const outcomes = await api
        .submit([{ type: "join", ticket: one }], { now: NOW })
        .catch((error: unknown) => {
          expect(error).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
          return undefined;
        });
      if (!outcomes) continue;
      expect(["added", "same"]).toContain(outcomes[0]?.type);
      added.push(one.id);
      return;
    }
  };
  const joining = (async () => {
    for (let round = 0; !isOver; round++)
      await Promise.all([0, 1, 2, 3].map((place) => join(ticket(`${round}-${place}`))));
  })();
  /** Two who wait become a match, by whatever lease there is. */
  const matching = (async () => {
    for (let from = 0; !isOver;) {
      const lease: Lease | undefined = owner.lease();
      const pair = added.slice(from, from + 2);
      if (!lease || lease.lost.aborted || pair.length < 2) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      const teams = pair.map((id) => [ticket(id.slice("duel.eu.".length))]);
      const match: Match = {
        id: `duel.eu.m${from}`,
        queue: "duel",
        region: "eu",
        teams,
        quality: 1,
        createdAt: NOW,
      };
      const matchId = match.id;
      const decided = await worker
        .decide(
          lease,
          [
            { type: "claim", match },
            { type: "settle", matchId },
          ],
          { now: NOW },
        )
        .catch((error: unknown) => {
          expect(error).toMatchObject({ code: "LEASE_LOST" });
          return undefined;
        });
      // What is not known is decided again by the next owner.
      if (decided?.[0]?.type !== "claimed") continue;
      matches.push(match);
      from += 2;
    }
  })();
  const progress = async (): Promise<void> => {
    const [joined, matched] = [added.length, matches.length];
    await expect
      .poll(() => added.length > joined + 8 && matches.length > matched + 2, { timeout: 30_000 })
      .toBe(true);
  };

  await progress();
  for (let time = 0; time < 3; time++) {
    await proxy!.loseAnswer({ of: isEndOfTransaction });
    await progress();
  }
  expect(proxy!.cut()).toBeGreaterThan(0);
  await progress();
  await server.restart({ how: "kill" });
  await progress();
  isOver = true;
  await Promise.all([joining, matching]);

  const found = await api.read(
    added.map((ticketId) => ({ type: "ticket", ticketId })),
    {},
  );
  const expected = new Map(
    matches.flatMap(({ id, teams }) => teams.flat().map((one) => [one.id, id] as const)),
  );
  // The last match may have been made without anybody hearing of it.
  const isUnknown = (id: string): boolean => added.indexOf(id) >= 2 * matches.length && !expected.has(id);
  for (const [index, id] of added.entries()) {
    const one = found[index];
    expect(one?.type === "ticket" && one.state, id).toMatch(isUnknown(id) ? /waiting|matched/ : /matched/);
    if (!isUnknown(id)) expect(one?.type === "ticket" && one.matchId).toBe(expected.get(id));
  }
  expect(new Set(added).size).toBe(added.length);
  const gained = owner.heard.filter(({ type }) => type === "gained").length;
  expect(gained).toBeGreaterThan(3);
  await owner.stop();
  await worker.close();
  await subject.close();
});
