import type { Match, Ticket } from "@evenmatch/core";
import { median } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement } from "../row.js";
import type { EngineServer } from "./engine.js";

/** Calls under way at once. */
export const DEPTH = 4;

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

/** What a side did in a round. */
export interface Round {
  readonly perSecond: number;
  /** CPU of this process, which sends, and of the server, in ms for each thousand. */
  readonly client: number;
  readonly server: number;
}

/** Times work that brings about so many of something. */
export async function timed(server: EngineServer, count: number, work: () => Promise<void>): Promise<Round> {
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
export async function inChains<T>(batches: readonly T[], send: (batch: T) => Promise<void>): Promise<void> {
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
