import { rng } from "@evenmatch/testkit";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, type Socket } from "socket.io";
import { expect, it, onTestFinished } from "vitest";
import { Gate } from "../population/gate.js";
import { live, type World } from "../population/life.js";
import { Player, type Doors } from "../population/player.js";
import { Record } from "../population/record.js";
import type { Answers, CallName, Reply, ServerInfo, ServerToClient, TicketView } from "../src/protocol.js";

const PLACE = { queue: "classic", region: "eu" } as const;
const PLAYER = { id: "ann", name: "Ann", rating: 1500 };
const TICKET: TicketView = { ...PLACE, ticketId: "t1", players: [PLAYER], waitedMs: 0 };
const ESTIMATES = { classic: null, solo: null, duo: null, blitz: null, tournament: null };
const AWAY = { ok: false, error: { code: "STORE_UNAVAILABLE", message: "…", retryable: true } } as const;

type Told = Socket<object, ServerToClient>;
type Script = { readonly [Name in CallName]?: (socket: Told) => Reply<Answers[Name]> };
type Calls = Readonly<{ [Name in string]?: (socket: Told) => unknown }>;

function statusOf(ticket: TicketView | null): Reply<Answers["status"]> {
  return { ok: true, status: { player: PLAYER, party: null, ticket, readyCheck: null, lastMatch: null } };
}

/** A server that answers by a script what players call, and tells them nothing else; with a log of their own. */
async function scripted(script: Script): Promise<Doors> {
  const http = createServer((_, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ ok: true, token: "a token", player: PLAYER }));
  });
  const io = new Server<object, ServerToClient>(http);
  io.on("connection", (socket) => {
    const others: Script = {
      status: () => statusOf(null),
      estimate: () => ({ ok: true, estimates: ESTIMATES }),
    };
    const calls: Calls = { ...others, ...script };
    socket.onAny((name: string, _, done: (reply: unknown) => void) => done(calls[name]?.(socket)));
  });
  onTestFinished(() => io.close());
  await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
  const place = await mkdtemp(join(tmpdir(), "player-"));
  onTestFinished(() => rm(place, { recursive: true }));
  const record = new Record(join(place, "log"), "one");
  onTestFinished(() => record.close());
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return { urls: [url], record, gate: new Gate(1) };
}

async function connected(doors: Doors): Promise<Player> {
  const player = await Player.signIn(doors, "Ann", undefined, rng(1));
  onTestFinished(() => player.disconnect());
  await player.connect();
  return player;
}

it("knows its ticket from the answer to its join, though nobody told it of it", async () => {
  const player = await connected(await scripted({ join: () => ({ ok: true, ticket: TICKET }) }));
  await player.join(PLACE, [player]);
  expect(player.ticketId).toBe("t1");
});

it("waits for nothing where the end of its ticket was told before the answer to its join", async () => {
  const match = { matchId: "m1", ...PLACE, quality: 1, teams: [[TICKET]] };
  const endings: readonly ((socket: Told) => void)[] = [
    (socket) => socket.emit("ended", { ticketId: "t1", state: "expired", reason: "silent" }),
    (socket) => socket.emit("match_found", match),
  ];
  for (const end of endings) {
    const doors = await scripted({
      join(socket) {
        end(socket);
        return { ok: true, ticket: TICKET };
      },
    });
    const player = await connected(doors);
    await player.join(PLACE, [player]);
    expect(player.ticketId).toBeUndefined();
  }
});

it("goes home only once it is answered that nothing of it waits", async () => {
  const evening = new AbortController();
  let [ticket, unanswered, leaves]: [TicketView | null, number, number] = [null, 0, 0];
  const doors = await scripted({
    join() {
      // A ticket is made, and nobody can say so: not now, and not when it is evening.
      [ticket, unanswered] = [TICKET, 2];
      evening.abort();
      return AWAY;
    },
    status: () => (unanswered-- > 0 ? AWAY : statusOf(ticket)),
    leave() {
      [ticket, leaves] = [null, leaves + 1];
      return { ok: true, outcome: "left", ticketId: "t1" };
    },
  });
  const world: World = {
    ...doors,
    info: { allowsRating: false, graceMs: 1_000 } as ServerInfo,
    pace: { arrivals: 0, rest: 0, patience: 1_000 },
    evening: evening.signal,
    nightfall: Promise.resolve(),
    isCalm: () => false,
  };
  await live({ region: "eu", ratings: [1500], arrivesAt: 0, rng: rng(1) }, "Ann", world);
  expect(leaves).toBe(1);
});
