import { migrate } from "@evenmatch/adapter-postgres";
import { freshDatabase } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { Pool } from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { Adapter } from "../src/deployment/owning-adapter.js";
import { Bare, BARE_TABLES } from "../src/postgres/bare.js";
import { openedOn } from "../src/postgres/engine.js";
import { Players, QUEUE } from "../src/deployment/players.js";

const NOW = 1_750_000_000_000;

/** What people ask of the record of matches; both sides keep it in tables of the same names. */
const record = (schema: string): string => `
  SELECT s.id, s.game_mode, s.region, s.quality, s.created_at, s.match::text,
    array_agg((p.player_id, p.username, p.elo, p.region, p.team, p.seed_order, p.ticket_id, p.joined_at, p.game_mode,
      p.created_at)::text ORDER BY p.seed_order) AS players
  FROM ${schema}.match_sessions s JOIN ${schema}.match_players p ON p.match_id = s.id GROUP BY s.id ORDER BY s.id`;

describe.each(sharedPostgres())("the reference on Postgres $version", (server) => {
  let url: string;
  let pool: Pool;
  beforeAll(async () => {
    const database = await freshDatabase(server);
    url = database.url;
    pool = new Pool({ connectionString: url, max: 1 });
    pool.on("error", () => {});
    await migrate(pool);
    await pool.query(BARE_TABLES);
    return async () => {
      await pool.end();
      await database.drop();
    };
  });
  const rows = async (text: string): Promise<unknown[]> => (await pool.query(text)).rows as unknown[];

  it("leaves the same record behind as the adapter", async () => {
    const players = new Players(4_711);
    const tickets = players.tickets(20, "eu", NOW);
    const matches = players.matches(tickets, NOW + 5);
    const ours = new Adapter(openedOn(url, 3));
    const bare = new Bare(url, 2);
    await ours.join(tickets);
    ours.own(QUEUE);
    await ours.heard(tickets.length);
    for (const side of [ours, bare]) {
      if (side === bare) await bare.join(tickets);
      await side.claim(matches);
      await side.save(matches);
      await side.deliver(matches);
    }
    // Claimed, settled, delivered.
    await ours.heard(tickets.length + 3 * matches.length);
    await Promise.all([ours.close(), bare.close()]);
    const kept = await rows(record("bare"));
    expect(kept).toHaveLength(matches.length);
    expect(kept).toEqual(await rows(record("evenmatch")));
    expect(await rows("SELECT FROM bare.live")).toEqual([]);
    expect(await rows("SELECT FROM bare.matches WHERE delivered_at IS NULL")).toEqual([]);
  });

  it("claims all tickets of a batch or none, and keeps a player to one ticket", async () => {
    const players = new Players(4_712);
    const bare = new Bare(url, 2);
    const tickets = players.tickets(6, "na", NOW);
    await bare.join(tickets);
    await expect(
      bare.join(tickets.slice(0, 1).map((ticket) => ({ ...ticket, id: "another" }))),
    ).rejects.toThrow("duplicate key");
    const matches = players.matches(tickets, NOW);
    await bare.claim(matches.slice(2));
    await expect(bare.claim(matches)).rejects.toThrow("division by zero");
    const taken = await rows(
      "SELECT id FROM bare.tickets WHERE match_id IS NOT NULL AND pool = 'classic.na' ORDER BY id",
    );
    expect(taken).toEqual(tickets.slice(4).map(({ id }) => ({ id })));
    await bare.claim(matches.slice(0, 2));
    await bare.close();
  });

  it("saves a match once, however often it is told to", async () => {
    const players = new Players(4_713);
    const bare = new Bare(url, 2);
    const matches = players.matches(players.tickets(4, "sa", NOW), NOW);
    await bare.save(matches);
    await bare.save(matches);
    expect(await rows("SELECT FROM bare.match_sessions WHERE region = 'sa'")).toHaveLength(2);
    expect(await rows("SELECT FROM bare.match_players WHERE region = 'sa'")).toHaveLength(4);
    await bare.close();
  });
});
