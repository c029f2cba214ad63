import { sharedPostgres } from "@evenmatch/services/vitest";
import { playRaces } from "@evenmatch/services/vitest/adapter";
import { withSeed } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { quoted } from "../../src/connection/options.js";
import { TestDatabase } from "../databases.js";
import { ticketStoreSubject } from "./subject.js";

const CONNECTIONS = 8;

describe.each(sharedPostgres())("races from eight connections on Postgres $version", (server) => {
  it("leave every ticket with one end, every player with one live ticket, and say so to those who asked", () =>
    withSeed(async (seed) => {
      await using database = await TestDatabase.on(server);
      const subject = await ticketStoreSubject(database);
      const stores = Array.from({ length: CONNECTIONS }, () => subject.store());
      const { ends: expected, waiting } = await playRaces(stores, { seed, rounds: 40 });
      const schema = quoted(subject.schema);
      const rows = await database.rows<{ id: string; end: string }>(
        `SELECT t.id, CASE WHEN t.ended = 'l' THEN 'left' WHEN t.match_id IS NOT NULL THEN t.match_id ELSE 'waiting' END AS end
         FROM ${schema}.tickets t`,
      );
      const ends = new Map(rows.map(({ id, end }) => [id, end]));
      expect([...ends.keys()].sort()).toEqual([...expected.keys()].sort());
      expect(ends).toEqual(expected);

      // The books agree: who is live, and how many wait.
      const live = await database.rows<{ player: string; ticket: string }>(
        `SELECT player, ticket FROM ${schema}.live`,
      );
      expect(live.map(({ player, ticket }) => `${ticket} ${player}`).sort()).toEqual(
        waiting.flatMap((one) => one.players.map(({ id }) => `${one.id} ${id}`)).sort(),
      );
      const pools = await database.rows<{ region: string; waiting: number }>(
        `SELECT region, waiting FROM ${schema}.pools`,
      );
      for (const { region, waiting: count } of pools)
        expect(count).toBe(waiting.filter((one) => one.region === region).length);
      await subject.close();
    }));
});
