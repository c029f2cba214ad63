import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { Pool, types } from "pg";
import { describe, expect, it } from "vitest";
import { postgresEventBus, postgresMatchStore, postgresTicketStore } from "../src/index.js";
import { migrated } from "./faults/world.js";

const { builtins } = types;
const asText = (text: string): string => text;

/** What applications have their driver make of values: for its own statements, and so for ours. */
const PARSERS: Readonly<Record<string, Readonly<Record<number, (text: string) => unknown>>>> = {
  "whole numbers as number": { [builtins.INT8]: Number },
  "whole numbers as bigint": { [builtins.INT8]: BigInt },
  "JSON as text": { [builtins.JSON]: asText, [builtins.JSONB]: asText },
  "fractions and times as text": {
    [builtins.FLOAT8]: asText,
    [builtins.NUMERIC]: asText,
    [builtins.TIMESTAMPTZ]: asText,
  },
};

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  it.each(Object.entries(PARSERS))("an application that reads %s", async (_, parsers) => {
    await using database = await migrated(server);
    const usual = types.getTypeParser as (oid: number) => (text: string) => unknown;
    const getTypeParser = (oid: number) => parsers[oid] ?? usual(oid);
    const pool = new Pool({ connectionString: database.url, types: { getTypeParser } });
    const ports = {
      tickets: postgresTicketStore(pool),
      matches: postgresMatchStore(pool),
      events: postgresEventBus(pool),
    };
    const duo = { strategy: new OneVsOne({ maxRatingGap: 100 }), acceptance: { timeoutMs: 30_000 } };
    const matchmaker = new Matchmaker({ queues: { duo }, ...ports });
    matchmaker.on("readyCheck", ({ id, teams }) => {
      for (const { players } of teams.flat()) void matchmaker.accept(id, players[0]!.id);
    });
    await matchmaker.start();
    const find = (id: string) => matchmaker.find("duo", { players: [{ id, rating: 1500 }] });
    const heard = matchmaker.matches({ group: "audit" }).next();
    const [match] = await Promise.all([find("ann"), find("bob")]);
    expect((await heard).value).toEqual(match);
    await expect
      .poll(() => ports.matches.list({ playerId: "ann" }, {}))
      .toEqual({ matches: [{ match }], next: undefined });
    const { id } = await matchmaker.join("duo", { players: [{ id: "cid", rating: 1500 }] });
    await expect.poll(() => matchmaker.explain(id)).toMatchObject({});
    expect(await matchmaker.estimate("duo", { rating: 1500 })).toMatchObject({ observed: 2 });
    await matchmaker.close();
    await Promise.all(Object.values(ports).map((port) => port.close()));
    await pool.end();
  });
});
