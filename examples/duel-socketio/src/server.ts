import { Matchmaker, MemoryTicketStore } from "@evenmatch/core";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { Board } from "./board.js";
import type { Config } from "./config.js";
import { openDoor } from "./door.js";
import { RecordingStore } from "./final-state.js";
import { httpServer, secure } from "./http.js";
import { Identities } from "./identity.js";
import { Limit } from "./limit.js";
import { Lobby } from "./lobby.js";
import { matchViewOf, passOnNews, type ShowMatch } from "./news.js";
import { readPage } from "./page.js";
import { PartyBook } from "./parties.js";
import { PlayerBook, viewOf } from "./players.js";
import { Presence } from "./presence.js";
import { signInPayload, type SignedIn } from "./protocol.js";
import { modes, queueNames, queuesWith, regions, type DuelQueues } from "./queues.js";
import { Refusal } from "./refusal.js";
import type { DuelIo } from "./rooms.js";
import { SeatBook, type Seat } from "./seats.js";

/** A running server. */
export interface DuelServer {
  readonly url: string;
  readonly matchmaker: Matchmaker<DuelQueues>;
  /** Signs somebody in from within the process; bots come in this way. */
  signIn(name: string, rating?: number, isBot?: boolean): Promise<SignedIn>;
  /** Everybody who waits, who came first first. */
  waiting(): IterableIterator<Seat>;
  /** Takes no more joins, lets matches under way end, tells their players, and cuts the connections. */
  close(): Promise<void>;
}

/** The largest message of a client, in bytes; a connection that sends more is cut. */
const LARGEST_MESSAGE = 4_096;

/** How long ended tickets are kept where the final state is shown, in ms. */
const KEEP_ALL = 24 * 60 * 60 * 1000;

/** Starts a server; rejects when it cannot listen. `showMatch` is what clients are told of a match. */
export async function startServer(config: Config, showMatch: ShowMatch = matchViewOf): Promise<DuelServer> {
  // The matchmaker: in memory, and where a test wants to see the final state, with a record of all there was.
  const record = config.showFinalState
    ? new RecordingStore(new MemoryTicketStore({ retainMs: KEEP_ALL }))
    : undefined;
  const queues = queuesWith(config);
  const matchmaker = new Matchmaker({ queues, ...(record && { tickets: record }) });

  // The server's own book: who is who, who waits where, who plays together.
  const identities = new Identities(config.tokenSecret);
  const players = new PlayerBook();
  const parties = new PartyBook();

  // Signing in, over HTTP, beside the page.
  const signIns = new Limit("sign-ins", config.signInsPerMinute, 60);
  const signIn = async (name: string, rating?: number, isBot?: boolean): Promise<SignedIn> => {
    const player = players.add(name, rating, isBot);
    return { token: await identities.tokenFor(player), player: viewOf(player) };
  };
  const http = httpServer({
    page: await readPage(),
    info: {
      queues: queueNames.map((name) => ({ name, ...modes[name] })),
      regions,
      graceMs: config.graceMs,
      fillMs: config.fillMs,
      bots: config.bots,
      allowsRating: config.allowRating,
      showsFinalState: config.showFinalState,
    },
    health: () => matchmaker.health(),
    signIn: async (body, address) => {
      await signIns.take(address);
      const { success, data, error } = signInPayload.safeParse(body);
      if (!success) throw new Refusal("INVALID_PAYLOAD", error.issues[0]?.message ?? "Send { name }.");
      if (data.rating !== undefined && !config.allowRating) {
        throw new Refusal("RATING_NOT_ALLOWED", "The rating is the server's to say; leave it out.");
      }
      return signIn(data.name, data.rating);
    },
    finalState: record && (() => record.finalState()),
  });

  // Sockets: a room for every player, and calls through the door into the lobby.
  const io: DuelIo = new Server(http, { serveClient: false, maxHttpBufferSize: LARGEST_MESSAGE });
  secure(http);
  const seats: SeatBook = new SeatBook((place) => board.moved(place));
  const board = new Board(io, seats);
  const lobby = new Lobby({ io, matchmaker, seats, parties, board, showMatch });
  const presence = new Presence(config.graceMs, (playerId) => {
    const player = players.get(playerId);
    if (player) lobby.gone(player).catch(console.error);
  });
  openDoor(io, {
    identities,
    players,
    presence,
    calls: lobby,
    joinsPerMinute: config.joinsPerMinute,
  });
  passOnNews(matchmaker, { io, seats, players, showMatch });

  await matchmaker.start();
  try {
    http.listen(config.port, config.host);
    await once(http, "listening");
  } catch (error) {
    board.close();
    await matchmaker.close();
    throw error;
  }

  const close = async (): Promise<void> => {
    lobby.close();
    await matchmaker.close();
    presence.close();
    seats.closeAll();
    board.close();
    await io.close();
    presence.close();
  };
  let closing: Promise<void> | undefined;
  const { address, family, port } = http.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    matchmaker,
    signIn,
    waiting: () => seats.waiting(),
    close: () => (closing ??= close()),
  };
}
