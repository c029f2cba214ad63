import { randomInt } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type { ClientToServer, ServerToClient } from "./protocol.js";
import { queueNames, regions } from "./queues.js";
import type { DuelServer } from "./server.js";
import type { Place } from "./seats.js";
import { after } from "./time.js";

type BotSocket = Socket<ServerToClient, ClientToServer>;

const NAMES = ["Ada", "Bo", "Cleo", "Dag", "Elif", "Finn", "Gus", "Hana", "Ines", "Juri", "Kim", "Lou"];

/** Everyone is within this of the start rating, so that a newcomer can meet every bot. */
const SPREAD = 50;

/** How long a bot takes to answer a ready check, and to come back after a match, in ms. */
const ANSWER_MS = [400, 2_000] as const;
const REST_MS = [6_500, 9_000] as const;

/** Players that play by themselves, over sockets like everybody else, so that nobody waits alone. */
export async function startBots(server: DuelServer, count: number): Promise<{ close(): void }> {
  const bots = await Promise.all(Array.from({ length: count }, (_, index) => startBot(server, index)));
  return { close: () => bots.forEach((close) => close()) };
}

async function startBot(server: DuelServer, index: number): Promise<() => void> {
  const name = `${NAMES[index % NAMES.length] ?? "Bot"} ${Math.floor(index / NAMES.length) + 1}`;
  const { token, player } = await server.signIn(name, 1500 + randomInt(-SPREAD, SPREAD + 1));
  const socket: BotSocket = io(server.url, { transports: ["websocket"], auth: { token }, forceNew: true });
  let cancel = (): void => {};
  const later = ([least, most]: readonly [number, number], run: () => void): void => {
    cancel();
    cancel = after(randomInt(least, most), run);
  };
  // Where somebody waits a bot goes first; else anywhere.
  const join = (): void => {
    const { queue, region } = server.longestWait() ?? anywhere();
    socket.emit("join", { queue, region }, (reply) => {
      if (!reply.ok) later(REST_MS, join);
    });
  };
  const rest = (): void => later(REST_MS, join);
  socket.on("connect", () => later([0, REST_MS[1]], join));
  socket.on("match_found", rest);
  socket.on("ended", rest);
  socket.on("ready_check", ({ match, answers }) => {
    if (answers[player.id] !== undefined) return;
    later(ANSWER_MS, () => socket.emit("accept", { matchId: match.matchId }, () => {}));
  });
  return () => {
    cancel();
    socket.disconnect();
  };
}

function anywhere(): Place {
  return { queue: pick(queueNames), region: pick(regions) };
}

function pick<Item>(items: readonly Item[]): Item {
  return items[randomInt(items.length)]!;
}
