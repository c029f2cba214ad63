import { setTimeout as sleep } from "node:timers/promises";
import type { Match, Ticket } from "@evenmatch/core";
import { Adapter } from "../deployment/owning-adapter.js";
import { Players, QUEUE } from "../deployment/players.js";
import { REGIONS } from "../deployment/side.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { openedOn } from "./engine.js";
import { onServer, type BenchServer, type Settings } from "./server.js";

/** Joins a second of the hour that is meant, and how much faster it goes by here. */
const PER_SECOND = 300;
const FASTER = 16;
const HOUR_S = 3_600;
const SEED = 90_863;
/** Turns a second; each lets so many join in each region, and has those matched that joined some turns ago. */
const TURNS = 10;
const BATCH = Math.round((PER_SECOND * FASTER) / TURNS / REGIONS.length);
/** How long tickets wait, in turns. */
const WAITING = 10;
/** One of so many leaves instead of being matched, and one of so many brings a request id, and is remembered longer. */
const LEAVES = 10;
const NAMED = 10;

/**
 * Everything that is a time of the hour is shorter by the same factor: how often the server looks what to clean, and how
 * fast it may, how long the adapter remembers what has ended, and how often it cleans up after itself.
 */
const SETTINGS: Settings = {
  autovacuum_naptime: `${(60 / FASTER).toFixed(0)}s`,
  // Its cost limit is 200 by default; a server of this century gives it that each 2 ms.
  autovacuum_vacuum_cost_limit: Math.min(10_000, 200 * FASTER),
};
const RETAIN_MS = Math.round(60_000 / FASTER);
const DEDUPE_MS = Math.round(600_000 / FASTER);
const LEASE_MS = 1_000;

const TABLES = ["tickets", "live", "matches", "changes"] as const;

/**
 * An hour's churn: 300 joins a second, a tenth of which leave while the rest is matched and delivered, sixteen times
 * as fast as the hour goes by. Compared are the tables of what is under way, indexes included, at the end and after the
 * first tenth: a table that was not cleaned would be ten times as large.
 */
export const bloat: Row = {
  name: "bloat",
  unit: "MB",
  goal: { of: "ratio", bound: "at most", limit: 2 },
  longest: 40,
  measure: () => onServer(churn, SETTINGS),
};

async function churn(server: BenchServer): Promise<Measurement> {
  const players = new Players(SEED);
  const remembers = { retainMs: RETAIN_MS, dedupeMs: DEDUPE_MS, leaseMs: LEASE_MS };
  const adapter = new Adapter(openedOn(server.url, REGIONS.length + 2, remembers));
  await adapter.join(REGIONS.map((region) => players.ticket(region, Date.now())));
  adapter.own(QUEUE);
  await adapter.heard(REGIONS.length);
  const turns = (TURNS * HOUR_S) / FASTER;
  const waiting = REGIONS.map((): Ticket[][] => []);
  const sizes: Record<string, number>[] = [];
  const started = performance.now();
  let joined = 0;
  for (let turn = 1; turn <= turns; turn++) {
    const turnOf = async (region: string, place: number): Promise<void> => {
      const line = waiting[place]!;
      const tickets = players.tickets(BATCH, region, Date.now());
      await adapter.join(tickets, NAMED);
      line.push(tickets);
      joined += tickets.length;
      if (line.length > WAITING) await end(adapter, players, line.shift()!);
    };
    await Promise.all(REGIONS.map(turnOf));
    if (turn % (turns / 10) === 0) sizes.push(await sizesOf(server));
    await sleep(Math.max(0, started + (turn * 1_000) / TURNS - performance.now()));
  }
  const seconds = (performance.now() - started) / 1_000;
  await adapter.close();
  const [first, last] = [sizes[0]!, sizes.at(-1)!];
  const total = (of: Record<string, number>): number => TABLES.reduce((sum, table) => sum + of[table]!, 0);
  const each = TABLES.map((table) => `${table} ${figure(first[table]!)} → ${figure(last[table]!)} MB`);
  return {
    ours: total(last),
    reference: total(first),
    notes: [
      `${figure(joined)} joins in ${figure(seconds)} s: an hour of ${PER_SECOND} a second ${figure(joined / PER_SECOND / seconds)} times as fast`,
      each.join(", "),
      `all together, tenth by tenth: ${sizes.map((size) => figure(total(size))).join(", ")} MB`,
      await server.describe(),
    ],
  };
}

/** Most are matched, some leave. */
async function end(adapter: Adapter, players: Players, tickets: readonly Ticket[]): Promise<void> {
  const leaving = tickets.filter((_, index) => index % LEAVES === 0);
  const staying = tickets.filter((_, index) => index % LEAVES !== 0);
  await adapter.leave(leaving);
  const matches: Match[] = players.matches(staying, Date.now());
  if (2 * matches.length !== staying.length) throw new Error("nobody stays behind");
  await adapter.claim(matches);
  await adapter.deliver(matches);
}

/** Sizes of the tables with their indexes, in MB. */
async function sizesOf(server: BenchServer): Promise<Record<string, number>> {
  const { rows } = await server.admin.query<{ name: string; size: string }>(
    "SELECT name, pg_total_relation_size(format('evenmatch.%I', name)::regclass) AS size FROM unnest($1::text[]) name",
    [TABLES],
  );
  return Object.fromEntries(rows.map(({ name, size }) => [name, Number(size) / 2 ** 20]));
}
