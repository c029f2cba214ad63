import type { Decision, Lease, Match, OwnerEvent, Request, Ticket } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import type { Pool } from "pg";
import { describe, expect, it } from "vitest";
import { postgresTicketStore, type PoolLike, type Statement } from "../../src/index.js";
import { quoted } from "../../src/connection/options.js";
import { TestDatabase } from "../databases.js";
import { ticketStoreSubject } from "./subject.js";

const NOW = 1_750_000_000_000;
const BATCH = 500;
/** Rows that may be read for each request or decision. A plan that goes astray reads as many as there are, each time. */
const ROWS = 12;

const READ = `
  SELECT coalesce(sum(coalesce(idx_tup_fetch, 0) + seq_tup_read), 0)::integer AS read
  FROM pg_stat_xact_user_tables WHERE schemaname = $1`;

/** A pool of one connection that counts how many rows each statement reads. */
class Counting {
  most = 0;
  readonly #pool: Pool;
  readonly #schema: string;

  constructor(pool: Pool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
  }

  get pool(): PoolLike {
    return {
      query: (statement: Statement) => this.#query(statement),
      connect: (taken) => this.#pool.connect(taken),
    };
  }

  async #query(statement: Statement): Promise<{ rows: unknown[] }> {
    const client = await this.#pool.connect();
    const read = async (): Promise<number> =>
      (await client.query<{ read: number }>(READ, [this.#schema])).rows[0]!.read;
    try {
      await client.query("BEGIN");
      const before = await read();
      const result = await client.query(statement);
      this.most = Math.max(this.most, (await read()) - before);
      await client.query("COMMIT");
      return result;
    } finally {
      client.release();
    }
  }
}

describe.each(sharedPostgres())("what is read on Postgres $version", (server) => {
  it("is as much as is asked for, though the statistics are of nearly empty tables", async () => {
    await using database = await TestDatabase.on(server);
    const subject = await ticketStoreSubject(database);
    const counting = new Counting(database.pool({ max: 1 }), subject.schema);
    const store = postgresTicketStore(counting.pool, {
      schema: subject.schema,
      pollMs: 60_000,
      timeoutMs: 60_000,
    });
    const stop = new AbortController();
    try {
      const first = ticket("first");
      await store.submit([join(first), join(ticket("second"))], { now: NOW });
      const { lease } = await gained(store.own(["duel"], { signal: stop.signal }));
      const opening = match("opening", [first]);
      await store.decide(lease, [...settled(opening), { type: "deliver", matchId: opening.id }], {
        now: NOW,
      });
      for (const table of ["tickets", "live", "matches", "answers", "changes", "pools"])
        await database.admin.query(`VACUUM (ANALYZE) ${quoted(subject.schema)}.${table}`);

      const asked = async (what: string, requests: readonly Request[], outcome: string): Promise<void> => {
        counting.most = 0;
        const outcomes = await store.submit(requests, { now: NOW });
        expect(new Set(outcomes.map(({ type }) => type)), what).toEqual(new Set([outcome]));
        expect(counting.most, what).toBeLessThan(ROWS * requests.length);
      };
      const decided = async (
        what: string,
        decisions: readonly Decision[],
        outcomes: string[],
        now = NOW,
      ): Promise<void> => {
        counting.most = 0;
        const said = await store.decide(lease, decisions, { now });
        expect(new Set(said.map(({ type }) => type)), what).toEqual(new Set(outcomes));
        expect(counting.most, what).toBeLessThan(ROWS * decisions.length);
      };
      const batches = Array.from({ length: 6 }, (_, batch) => many((n) => ticket(`${batch}-${n}`)));
      const [won, allocated, released, gone, due, crowd] = batches;
      for (const tickets of batches) await asked("joins", tickets.map(join), "added");
      await asked("joins again", won!.map(join), "same");
      const again = won!.map((one) => ({ ...one, id: `${one.id}x` }));
      await asked("joins of who waits", again.map(join), "conflict");
      await asked("beats", crowd!.map(byTicket("beat")), "live");

      const pairs = pairsOf(won!);
      await decided("claims", pairs.flatMap(settled), ["claimed", "settled"]);
      await decided(
        "claims again",
        pairs.flatMap((one) => settled({ ...one, id: `${one.id}x` })),
        ["gone", "unknown"],
      );
      await asked("leaves of who is claimed", won!.map(byTicket("leave")), "claimed");
      await decided("deliveries", pairs.map(done("deliver")), ["delivered"]);

      const open = pairsOf(allocated!).map((one) => ({ ...one, acceptBy: NOW + 1 }));
      await decided("claims alone", open.map(claim), ["claimed"]);
      await asked(
        "answers",
        open.map(({ id, teams }) => ({
          type: "answer",
          matchId: id,
          playerId: teams[0]![0]!.players[0]!.id,
          accepted: true,
        })),
        "recorded",
      );
      await decided("settlings", open.map(done("settle")), ["settled"]);

      const declined = pairsOf(released!);
      await decided("claims to be released", declined.map(claim), ["claimed"]);
      await decided(
        "releases",
        declined.map(({ id, teams }) => ({
          type: "release",
          matchId: id,
          drop: [teams[0]![0]!.id],
          reason: "declined",
        })),
        ["released"],
      );
      await asked("leaves", gone!.map(byTicket("leave")), "left");
      await decided(
        "expiries",
        due!.map(({ id }) => ({ type: "expire", ticketId: id })),
        ["expired"],
        NOW + 10_000,
      );
      counting.most = 0;
      const queries = crowd!.map(({ players: [player] }) => ({
        type: "player" as const,
        queue: "duel",
        playerId: player!.id,
      }));
      await store.read(queries, {});
      expect(counting.most, "look-ups").toBeLessThan(ROWS * queries.length);
    } finally {
      stop.abort();
      await store.close();
      await subject.close();
    }
  });
});

async function gained(events: AsyncIterable<OwnerEvent>): Promise<{ lease: Lease }> {
  const first = await events[Symbol.asyncIterator]().next();
  if (first.done === true || first.value.type !== "gained") throw new Error("the only owner gains the pool");
  return first.value;
}

function many<T>(make: (index: number) => T): T[] {
  return Array.from({ length: BATCH }, (_, index) => make(index));
}

function ticket(name: string): Ticket {
  const players = [{ id: name, rating: 1_500 }];
  return {
    id: `duel.eu.${name}`,
    queue: "duel",
    region: "eu",
    players,
    joinedAt: NOW,
    expiresAt: NOW + 5_000,
  };
}

function match(name: string, tickets: readonly Ticket[]): Match {
  const teams = tickets.map((one) => [one]);
  return { id: `duel.eu.m-${name}`, queue: "duel", region: "eu", teams, quality: 1, createdAt: NOW };
}

function pairsOf(tickets: readonly Ticket[]): Match[] {
  const firsts = tickets.filter((_, index) => index % 2 === 0);
  return firsts.map((one, index) => match(one.id.slice("duel.eu.".length), [one, tickets[2 * index + 1]!]));
}

const join = (one: Ticket): Request => ({ type: "join", ticket: one });
const claim = (one: Match): Decision => ({ type: "claim", match: one });
const settled = (one: Match): Decision[] => [claim(one), { type: "settle", matchId: one.id }];
const byTicket =
  (type: "leave" | "beat") =>
  ({ id }: Ticket): Request => ({ type, ticketId: id });
const done =
  (type: "settle" | "deliver") =>
  ({ id }: Match): Decision => ({ type, matchId: id });
