import { Matchmaker } from "@evenmatch/core";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { Board } from "./board.js";
import type { Config } from "./config.js";
import { openDoor } from "./door.js";
import { httpServer, secure } from "./http.js";
import { Identities } from "./identity.js";
import { inMemory, type Keeping } from "./keeping.js";
import { Lobby } from "./lobby.js";
import type { ShowMatch } from "./matches.js";
import { matchViewOf, passOnNews } from "./news.js";
import { readPage } from "./page.js";
import { PartyNews } from "./party-news.js";
import { newPlayer, viewOf } from "./players.js";
import type { Presence } from "./presence.js";
import { matchesQuery, signInPayload, type SignedIn } from "./protocol.js";
import { modes, queueNames, queuesWith, regions, type DuelQueues } from "./queues.js";
import { Refusal } from "./refusal.js";
import { playersHere, type DuelIo } from "./rooms.js";
import type { Seating } from "./seating.js";
import { SeatBook, type Waiting } from "./seats.js";
import { after } from "./time.js";
import { Underway } from "./underway.js";

/** A running server. */
export interface DuelServer {
  readonly url: string;
  readonly matchmaker: Matchmaker<DuelQueues>;
  /** Signs somebody in from within the process; bots come in this way. */
  signIn(name: string, rating?: number, isBot?: boolean): Promise<SignedIn>;
  /** Everybody who waits, who came first first. */
  waiting(): Promise<readonly Waiting[]>;
  /** Takes no more joins, lets matches under way end, tells their players, and cuts the connections. */
  close(): Promise<void>;
}

/** The largest message of a client, in bytes; a connection that sends more is cut. */
const LARGEST_MESSAGE = 4_096;

/** Questions that cost the owner of a pool work: so many in so many seconds and player, over all tabs. */
const MOST_QUESTIONS = 30;
const QUESTIONS_PER_SECONDS = 10;

/** Requests that are under way when a server closes have so long to be answered, in ms. */
const LAST_ANSWERS = 1_000;

/** Starts a server; rejects when it cannot listen. `showMatch` is what clients are told of a match. */
export async function startServer(
  config: Config,
  showMatch: ShowMatch = matchViewOf,
  keeping: Keeping = inMemory(config, showMatch),
): Promise<DuelServer> {
  // The matchmaker, and all that it and the server keep.
  const { parties, matches, isShared } = keeping;
  const queues = queuesWith(isShared ? config : { ...config, heartbeatMs: undefined });
  const matchmaker = new Matchmaker({ queues, ...keeping.ports });

  // Signing in, over HTTP, beside the page.
  const identities = new Identities(config.tokenSecret);
  const signIns = keeping.limit("sign-ins", config.signInsPerMinute, 60);
  const signIn = async (name: string, rating?: number, isBot?: boolean): Promise<SignedIn> => {
    const player = newPlayer(name, rating, isBot);
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
    matches: async (token, query) => {
      const { player } = await identities.check(token);
      const { success, data, error } = matchesQuery.safeParse(query);
      if (!success) throw new Refusal("INVALID_PAYLOAD", error.issues[0]?.message ?? "Send limit and after.");
      return matches.page(player.id, data);
    },
    finalState: keeping.finalState,
  });

  // Sockets: a room for every player, and calls through the door into the lobby.
  const io: DuelIo = new Server(http, {
    serveClient: false,
    maxHttpBufferSize: LARGEST_MESSAGE,
    ...(keeping.messages && { adapter: keeping.messages.adapter }),
  });
  secure(http);
  const book: SeatBook = new SeatBook((place) => board.moved(place));
  const seating: Seating = keeping.seating({ matchmaker, io, book });
  const board = new Board(io, seating, isShared);
  const underway = new Underway();
  const partyNews = new PartyNews({ io, parties, isShared, underway });
  const lobby = new Lobby({ io, matchmaker, seating, parties, partyNews, matches, board, showMatch });
  const presence: Presence = keeping.presence((playerId, isLost) =>
    underway.run(() => lobby.gone(playerId, presence, isLost)),
  );
  openDoor(io, {
    identities,
    presence,
    calls: lobby,
    joins: keeping.limit("joins", config.joinsPerMinute, 60),
    questions: keeping.limit("questions", MOST_QUESTIONS, QUESTIONS_PER_SECONDS),
    arrived: (playerId) => seating.follow(playerId),
    underway,
  });
  keeping.messages?.onMissed(() => {
    const here = playersHere(io);
    for (const playerId of here) seating.follow(playerId);
    partyNews.missed(here);
  });
  passOnNews(matchmaker, { io, seats: book, matches, showMatch });

  const stop = async (): Promise<void> => {
    lobby.close();
    await seating.close();
    await matchmaker.close();
    await presence.close();
    book.closeAll();
    board.close();
  };
  try {
    // A process that only talks to players owns no pool.
    if (config.role !== "api") await matchmaker.start();
    await keeping.messages?.heard;
    http.listen(config.port, config.host);
    await once(http, "listening");
  } catch (error) {
    await stop();
    partyNews.close();
    await io.of("/").adapter.close();
    await keeping.close();
    throw error;
  }

  const close = async (): Promise<void> => {
    await stop();
    // Browsers open connections ahead of need. One on which nothing was asked yet is not idle by Node's count, and would
    // keep the server open for as long as its browser likes.
    const cancel = after(LAST_ANSWERS, () => http.closeAllConnections());
    await io.close();
    cancel();
    partyNews.close();
    await presence.close();
    await underway.idle();
    await keeping.close();
  };
  let closing: Promise<void> | undefined;
  const { address, family, port } = http.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    matchmaker,
    signIn,
    waiting: async () => seating.waiting(),
    close: () => (closing ??= close()),
  };
}
