import { setTimeout as pause } from "node:timers/promises";
import { rng, type Rng } from "@evenmatch/testkit";
import { HEARTBEAT } from "../queues.js";
import { Bot, type End, type Surroundings } from "./bot.js";
import { Connection } from "./connection.js";
import type { BotsNotice, BotsOrder } from "./orders.js";
import { population } from "./population.js";
import { Logbook } from "./logbook.js";

/**
 * The program of the callers: a process of its own, which nobody kills, so that what they saw is known. Its argument is
 * the file that they write it down in.
 */

type Play = Extract<BotsOrder, { type: "play" }>;

const connections = new Set<Connection>();
const waiting: (() => void)[] = [];
const absent = new Set<string>();
const asked: Partial<Record<End, number>> = {};
/** How many have come and are not content yet. */
let open: (() => number) | undefined;
let isCalm = false;

async function main(history: string): Promise<void> {
  const logbook = new Logbook(history);
  // Whoever started us is gone: nobody will read what we see.
  process.on("disconnect", () => process.exit());
  sayStanding();
  const standing = setInterval(sayStanding, 1_000);
  const play = await new Promise<Play>((resolve) => {
    // One listener for good: orders that came before anybody listened are handed over all at once, and one that hears
    // a single order would lose the others.
    process.on("message", (order: BotsOrder) => {
      if (order.type === "server") connectTo(order.port, logbook);
      else if (order.type === "calm") isCalm = true;
      else resolve(order);
    });
  });
  await playAll(play, logbook);
  clearInterval(standing);
  say({ type: "content", absent: [...absent], asked });
}

function connectTo(port: number, logbook: Logbook): void {
  const connection = new Connection(port, logbook, () => connections.delete(connection));
  connections.add(connection);
  for (const resume of waiting.splice(0)) resume();
}

async function playAll({ seed, crowd }: Play, logbook: Logbook): Promise<void> {
  const chance = rng(seed);
  const arrivals = population(crowd, chance.fork("population"), () => isCalm);
  const begin = Date.now();
  const bots: Bot[] = [];
  const beats = setInterval(() => beat(bots), HEARTBEAT / 4);
  open = () => bots.filter(({ isOver }) => !isOver).length;
  for (const { at, plan } of arrivals) {
    const early = begin + at - Date.now();
    if (early > 0) await pause(early);
    const bot = new Bot(plan, surroundings(logbook, chance.fork(`bot ${bots.length}`)));
    bots.push(bot);
    void bot.play();
  }
  while (bots.some(({ isOver }) => !isOver)) await pause(50);
  clearInterval(beats);
}

function surroundings(logbook: Logbook, chance: Rng): Surroundings {
  return {
    logbook,
    rng: chance,
    pause: (delay) => pause(delay),
    connect: async () => {
      while (connections.size === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      return chance.pick([...connections]);
    },
    gone: ({ players }) => players.forEach(({ id }) => absent.add(id)),
    asked: (end) => (asked[end] = (asked[end] ?? 0) + 1),
  };
}

function beat(bots: readonly Bot[]): void {
  const byConnection = new Map<Connection, string[]>();
  for (const { plan, ticketId, connection, isOver } of bots) {
    if (isOver || plan.queue !== "duo" || ticketId === undefined || !connection) continue;
    const ids = byConnection.get(connection) ?? [];
    byConnection.set(connection, [...ids, ticketId]);
  }
  for (const [connection, ticketIds] of byConnection) connection.say({ op: "beat", ticketIds });
}

function sayStanding(): void {
  say({ type: "standing", open: open?.(), connections: connections.size });
}

function say(notice: BotsNotice): void {
  process.send?.(notice);
}

await main(process.argv[2] as string);
