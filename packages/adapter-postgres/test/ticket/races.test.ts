import type { DecisionOutcome, Lease, Match, Request, RequestOutcome, Ticket } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { rng, withSeed } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { quoted } from "../../src/connection/options.js";
import { TestDatabase } from "../databases.js";
import { ticketStoreSubject } from "./subject.js";

const NOW = 1_750_000_000_000;
const PLAYERS = 60;
const ROUNDS = 40;
const REGIONS = ["eu", "us"];
const CONNECTIONS = 8;

/** What somebody was told, one entry for each answer. */
interface Told {
  readonly added: Map<string, Ticket>;
  readonly left: string[];
  readonly matched: Match[];
}

describe.each(sharedPostgres())("races from eight connections on Postgres $version", (server) => {
  it(
    "leave every ticket with one end, every player with one live ticket, and say so to those who asked",
    () =>
      withSeed(async (seed) => {
        await using database = await TestDatabase.on(server);
        const subject = await ticketStoreSubject(database);
        const stores = Array.from({ length: CONNECTIONS }, () => subject.store());
        const told: Told = { added: new Map(), left: [], matched: [] };
        const leases = new Map<string, Lease>();
        const stop = new AbortController();
        const owner = stores[0]!;
        const owning = (async () => {
          for await (const event of owner.own(["duel"], { signal: stop.signal })) {
            if (event.type === "gained") leases.set(event.lease.pool.region, event.lease);
          }
        })();

        const chance = rng(seed);
        const hear = (request: Request, outcome: RequestOutcome): void => {
          if (request.type === "join" && outcome.type === "added")
            told.added.set(request.ticket.id, request.ticket);
          if (request.type === "leave" && outcome.type === "left") told.left.push(request.ticketId);
        };
        /** Joins and leaves of the same few players, in both regions, over and over. */
        const client = async (index: number): Promise<void> => {
          const own = chance.fork(`client ${index}`);
          for (let round = 0; round < ROUNDS; round++) {
            const requests = Array.from({ length: 1 + own.int(0, 11) }, (_, n): Request => {
              if (own.int(0, 2) === 0)
                return { type: "leave", ticketId: own.pick([...told.added.keys(), "duel.eu.none"]) };
              const region = own.pick(REGIONS);
              const players = Array.from({ length: 1 + own.int(0, 1) }, () => own.int(0, PLAYERS - 1));
              const one: Ticket = {
                id: `duel.${region}.${index}-${round}-${n}`,
                queue: "duel",
                region,
                players: [...new Set(players)].map((player) => ({ id: `p${player}`, rating: 1500 })),
                joinedAt: NOW,
              };
              return { type: "join", ticket: one };
            });
            const outcomes = await stores[index]!.submit(requests, { now: NOW });
            for (const [place, request] of requests.entries()) hear(request, outcomes[place]!);
          }
        };
        let isOver = false;
        /** Claims whatever it has heard of, in overlapping matches, several calls at once. */
        const matching = async (): Promise<void> => {
          const own = chance.fork("owner");
          for (let round = 0; !isOver; round++) {
            for (const [region, lease] of leases) {
              const here = [...told.added.values()].filter((one) => one.region === region);
              if (here.length < 4) continue;
              const matches = Array.from({ length: 6 }, (_, n): Match => ({
                id: `duel.${region}.m${round}-${n}`,
                queue: "duel",
                region,
                teams: [...new Set([own.pick(here.slice(-40)), own.pick(here.slice(-40))])].map((one) => [
                  one,
                ]),
                quality: 0.5,
                createdAt: NOW,
              }));
              const claims = await Promise.all(
                [matches.slice(0, 3), matches.slice(3)].map((some) =>
                  owner.decide(
                    lease,
                    some.flatMap((match) => [
                      { type: "claim" as const, match },
                      { type: "settle" as const, matchId: match.id },
                    ]),
                    { now: NOW },
                  ),
                ),
              );
              const outcomes: DecisionOutcome[] = claims.flat();
              told.matched.push(...matches.filter((_, n) => outcomes[2 * n]?.type === "claimed"));
            }
            await new Promise((resolve) => setImmediate(resolve));
          }
        };
        const matched = matching();
        await Promise.all(stores.map((_, index) => client(index)));
        isOver = true;
        await matched;
        stop.abort();
        await owning;

        const schema = quoted(subject.schema);
        const rows = await database.rows<{ id: string; end: string }>(
          `SELECT t.id, CASE WHEN t.ended = 'l' THEN 'left' WHEN t.match_id IS NOT NULL THEN t.match_id ELSE 'waiting' END AS end
         FROM ${schema}.tickets t`,
        );
        const ends = new Map(rows.map(({ id, end }) => [id, end]));
        expect([...ends.keys()].sort()).toEqual([...told.added.keys()].sort());
        const expected = new Map<string, string>();
        for (const id of told.added.keys()) expected.set(id, "waiting");
        for (const id of told.left) expected.set(id, "left");
        const twice: string[] = [];
        for (const match of told.matched) {
          for (const { id } of match.teams.flat()) {
            if (expected.get(id) !== "waiting") twice.push(id);
            expected.set(id, match.id);
          }
        }
        expect(twice).toEqual([]);
        expect(ends).toEqual(expected);
        expect(told.matched.length).toBeGreaterThan(20);
        expect(told.left.length).toBeGreaterThan(20);

        // The books agree: who is live, and how many wait.
        const live = await database.rows<{ player: string; ticket: string }>(
          `SELECT player, ticket FROM ${schema}.live`,
        );
        const waiting = [...told.added.values()].filter(({ id }) => expected.get(id) === "waiting");
        expect(live.map(({ player, ticket }) => `${ticket} ${player}`).sort()).toEqual(
          waiting.flatMap((one) => one.players.map(({ id }) => `${one.id} ${id}`)).sort(),
        );
        const pools = await database.rows<{ region: string; waiting: number }>(
          `SELECT region, waiting FROM ${schema}.pools`,
        );
        for (const { region, waiting: count } of pools)
          expect(count).toBe(waiting.filter((one) => one.region === region).length);
        await subject.close();
      }),
    120_000,
  );
});
