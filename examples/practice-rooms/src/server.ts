import { Matchmaker, playersOf } from "@evenmatch/core";
import { createAdapter } from "@socket.io/redis-adapter";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { routesOf } from "./api.js";
import type { Config } from "./config.js";
import { openDoor } from "./door.js";
import { Following } from "./following.js";
import { httpServer, secure } from "./http.js";
import { Sessions } from "./identity.js";
import { keepJournal } from "./journal.js";
import { sharedLimit } from "./limit.js";
import { Lobby } from "./lobby.js";
import { Metrics } from "./metrics.js";
import { readPage } from "./page.js";
import { portsOn } from "./ports.js";
import { Presence } from "./presence.js";
import type { PracticeIo } from "./protocol.js";
import { nameOf, queuesWith } from "./queue.js";
import { connect } from "./redis/connections.js";
import { RedisWatch } from "./redis/watch.js";
import { told } from "./refusal.js";
import { Rooms } from "./rooms.js";
import { after, pause } from "./time.js";

/** A running server. */
export interface PracticeServer {
  readonly url: string;
  /** Takes no more joins, lets matches under way end, and cuts the connections. Who waits keeps the place for a while. */
  close(): Promise<void>;
}

/** The largest message of a client, in bytes; a connection that sends more is cut. */
const LARGEST_MESSAGE = 4_096;

/** Requests that are under way when a server closes have so long to be answered, in ms. */
const LAST_ANSWERS = 1_000;

/** How long after a failure something is tried again that has to be done, in ms. */
const REST = 1_000;

/** Starts a server; rejects when Redis cannot be reached or nothing can listen at the port. */
export async function startServer(
  config: Config,
  say: (line: string) => void = () => {},
): Promise<PracticeServer> {
  const { keyPrefix: prefix } = config;
  const redis = await connect(config.redisUrl);
  const over = new AbortController();

  // Rooms, and the queue that makes them. One that cannot be made costs nobody their place.
  const rooms = new Rooms(redis.records, prefix, config);
  const queues = queuesWith(config, async (match) => {
    try {
      return await rooms.make(match);
    } catch (error) {
      metrics.roomFailed();
      throw error;
    }
  });
  const { stores, countWaiting, close: closeStores } = portsOn(redis.queue, prefix, say);
  const matchmaker = new Matchmaker({ queues, ...stores });
  const metrics = new Metrics({ countWaiting, countOpenRooms: () => rooms.countOpen() });
  metrics.follow(matchmaker);
  matchmaker.on("error", ({ data: { error } }) => say(`${error.code}: ${error.message}`));
  matchmaker.on("ticket.released", ({ data }) => void takeBack(data.matchId));

  // People, over sockets and HTTP.
  const sessions = new Sessions(config.tokenSecret, config.memberCode);
  const limit = (what: string, most: number) =>
    sharedLimit(redis.records, prefix, { what, most, seconds: 60 });
  const io: PracticeIo = new Server({
    serveClient: false,
    maxHttpBufferSize: LARGEST_MESSAGE,
    adapter: createAdapter(redis.messages.out, redis.messages.in, { key: `{${prefix}}:socket.io` }),
  });
  const presence: Presence = new Presence(
    redis.records,
    { prefix, server: randomUUID(), graceMs: config.graceMs },
    (personId) => lobby.gone(personId),
  );
  const following = new Following({ io, matchmaker, rooms, presence, heartbeatMs: config.heartbeatMs });
  const watch = new RedisWatch(redis.records, {
    lost() {
      say("Redis is away; everybody is told, and it goes on when it is back.");
      io.local.emit("queue_unavailable", told(watch.refusal()).error);
    },
    async back() {
      await presence.sayAll();
      await following.regain();
      say("Redis is back.");
      io.local.emit("queue_available");
    },
  });
  const joins = limit("joins", config.joinsPerMinute);
  const lobby = new Lobby({ config, matchmaker, rooms, following, watch, joins, countWaiting });
  openDoor(io, { sessions, presence, following, lobby, watch });
  const http = httpServer({
    page: await readPage(),
    routes: routesOf({
      sessions,
      lobby,
      rooms,
      metrics,
      signIns: limit("sign-ins", config.signInsPerMinute),
      problem: () => (watch.isLost ? watch.refusal().message : matchmaker.health().problem),
    }),
    check: (token) => sessions.check(token),
  });
  io.attach(http);
  secure(http);

  /** What was made of a room whose match fell through goes, however long it takes. */
  async function takeBack(matchId: string): Promise<void> {
    while (!over.signal.aborted) {
      try {
        await rooms.unmake(matchId);
        return;
      } catch {
        await pause(REST);
      }
    }
  }

  const stop = async (): Promise<void> => {
    lobby.close();
    over.abort();
    following.close();
    watch.close();
    presence.close();
    await matchmaker.close();
    await closeStores();
  };
  try {
    await matchmaker.start();
    http.listen(config.port, config.host);
    await once(http, "listening");
  } catch (error) {
    await stop();
    redis.close();
    throw error;
  }
  const journal = { matchmaker, redis: redis.records, prefix, signal: over.signal };
  void keepJournal(journal, (match) => {
    metrics.roomMade(String(match.assignment?.["question_id"]));
    say(
      `${playersOf(match).map(nameOf).join(" and ")} practise ${String(match.assignment?.["question_id"])}`,
    );
  });

  const close = async (): Promise<void> => {
    await stop();
    // Browsers open connections ahead of need, on which nothing may ever be asked.
    const cancel = after(LAST_ANSWERS, () => http.closeAllConnections());
    await io.close();
    cancel();
    redis.close();
  };
  let closing: Promise<void> | undefined;
  const { address, family, port } = http.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    close: () => (closing ??= close()),
  };
}
