import type { Match, Ticket } from "@evenmatch/core";
import { median } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement } from "../row.js";
import { Adapter } from "./adapter.js";
import { Bare, BARE_TABLES } from "./bare.js";
import { QUEUE, type Players } from "../deployment/players.js";
import type { BenchServer } from "./server.js";

/** Calls under way at once. */
export const DEPTH = 4;

/** One connection for each call, one that the adapter listens on, and one for what its owner reads. */
const CONNECTIONS = DEPTH + 2;

export const REGIONS: readonly string[] = ["eu", "na", "as", "sa"];

/** What the rows compare: the adapter, or the reference. */
export interface Side {
  join(tickets: readonly Ticket[]): Promise<void>;
  claim(matches: readonly Match[]): Promise<void>;
  save(matches: readonly Match[]): Promise<void>;
  deliver(matches: readonly Match[]): Promise<void>;
  /** Resolves when so many changes have reached whoever has to hear of them. */
  heard(changes: number): Promise<void>;
  close(): Promise<void>;
}

/** Both sides on one server, each with its tables, and every region's pool there. */
export async function sides(
  server: BenchServer,
  players: Players,
): Promise<{ ours: Side; reference: Side; joined: number }> {
  await server.admin.query(BARE_TABLES);
  const ours = new Adapter(server.url, CONNECTIONS);
  const reference = new Bare(server.url, CONNECTIONS);
  const first = REGIONS.map((region) => players.ticket(region, Date.now()));
  await ours.join(first);
  ours.own(QUEUE);
  await ours.heard(first.length);
  await reference.join(first);
  return { ours, reference, joined: first.length };
}

/** What a side did in a round. */
export interface Round {
  readonly perSecond: number;
  /** CPU of this process, which sends, and of the server, in ms for each thousand. */
  readonly client: number;
  readonly server: number;
}

/** Times work that brings about so many of something. */
export async function timed(server: BenchServer, count: number, work: () => Promise<void>): Promise<Round> {
  await server.rest();
  const [serverBefore, clientBefore] = [await server.cpu(), process.cpuUsage()];
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(clientBefore);
  const taken = (await server.cpu()) - serverBefore;
  const thousands = count / 1_000;
  return {
    perSecond: count / seconds,
    client: (user + system) / 1_000 / thousands,
    server: taken / thousands,
  };
}

/** Gives each of several chains its share of the batches; each sends one after the other. */
export async function inChains<T>(
  batches: readonly (readonly T[])[],
  send: (batch: readonly T[]) => Promise<void>,
): Promise<void> {
  const chains = Array.from({ length: DEPTH }, async (_, chain) => {
    for (let next = chain; next < batches.length; next += DEPTH) await send(batches[next]!);
  });
  await Promise.all(chains);
}

/** A round of both sides. */
export interface Pair {
  readonly ours: Round;
  readonly reference: Round;
}

/** The medians of the rounds, with what they cost. */
export function measured(rounds: readonly Pair[], notes: readonly string[]): Measurement {
  const of = (side: keyof Pair, what: keyof Round): number => median(rounds.map((pair) => pair[side][what]));
  const cost = (side: keyof Pair): string =>
    `${figure(of(side, "client"))} ms here and ${figure(of(side, "server"))} ms on the server`;
  const ratios = rounds.map(({ ours, reference }) => ours.perSecond / reference.perSecond);
  return {
    ours: of("ours", "perSecond"),
    reference: of("reference", "perSecond"),
    notes: [
      `CPU for each thousand: ours ${cost("ours")}, the reference ${cost("reference")}`,
      `ratio of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}; ${DEPTH} calls at once`,
      ...notes,
    ],
  };
}
