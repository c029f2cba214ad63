import type { Following } from "./following.js";
import { refuseIfExpired, type Person, type Sessions } from "./identity.js";
import { ownLimit } from "./limit.js";
import type { Lobby } from "./lobby.js";
import type { Presence } from "./presence.js";
import { roomOf, type PracticeIo, type PracticeSocket, type Reply } from "./protocol.js";
import type { RedisWatch } from "./redis/watch.js";
import { Refusal, told } from "./refusal.js";

interface Surroundings {
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly following: Following;
  readonly lobby: Lobby;
  readonly watch: RedisWatch;
}

/** Connections of one person to one server. */
const MOST_CONNECTIONS = 8;

/** Calls as they arrive: from anybody, with anything in them. */
type RawHandler = (...args: unknown[]) => void;

/** Lets sockets in by their session, and passes their calls on. */
export function openDoor(
  io: PracticeIo,
  { sessions, presence, following, lobby, watch }: Surroundings,
): void {
  const messages = ownLimit({ what: "messages", most: 50, seconds: 5 });

  io.use((socket, next) => {
    const { token } = socket.handshake.auth as { token?: unknown };
    const enter = async (): Promise<void> => {
      const session = await sessions.check(token);
      if (presence.countOf(session.person.id) >= MOST_CONNECTIONS) {
        const text = `You have ${MOST_CONNECTIONS} connections; close one.`;
        throw new Refusal("TOO_MANY_CONNECTIONS", text, true);
      }
      Object.assign(socket.data, session);
    };
    enter().then(
      () => next(),
      // Socket.IO hands `data` to the client's `connect_error`.
      (cause: unknown) => {
        const { error: data } = told(cause);
        next(Object.assign(new Error(data.message), { data }));
      },
    );
  });

  io.on("connection", (socket) => {
    const { id } = socket.data.person;
    const isKnown = presence.came(id);
    socket.on("disconnect", () => presence.went(id));
    void socket.join(roomOf(id));
    if (watch.isLost) socket.emit("queue_unavailable", told(watch.refusal()).error);
    // Whatever happened meanwhile; where Redis is away, when it is back.
    void isKnown.then(() => following.follow(id, socket)).catch(() => {});

    socket.use((packet, next) => {
      messages(socket.id).then(
        () => next(),
        (cause: unknown) => answer(socket, packet, Promise.reject(cause as Error)),
      );
    });
    const on = (
      name: "join_queue" | "leave_queue",
      call: (person: Person, sent: unknown) => Promise<object>,
    ) => {
      const handler: RawHandler = (...args) => {
        const called = async (): Promise<object> => {
          // Nobody may be taken for gone who asks for something.
          await isKnown;
          refuseIfExpired(socket.data);
          return call(socket.data.person, typeof args[0] === "function" ? undefined : args[0]);
        };
        void answer(socket, args, called());
      };
      socket.on(name, handler);
    };
    on("join_queue", (person, sent) => lobby.join(person, sent));
    on("leave_queue", (person) => lobby.leave(person));
  });

  io.on("joined", (personId) => {
    if (presence.countOf(personId) > 0) following.follow(personId).catch(() => {});
  });
}

/** Acknowledges a call where the client asks for that; else it hears of a refusal as of news. */
async function answer(
  socket: PracticeSocket,
  args: readonly unknown[],
  called: Promise<object>,
): Promise<void> {
  const last = args.at(-1);
  const reply = typeof last === "function" ? (last as (reply: Reply<object>) => void) : undefined;
  try {
    const result = await called;
    reply?.({ ok: true, ...result });
  } catch (cause) {
    const { error } = told(cause);
    if (reply) reply({ ok: false, error });
    else socket.emit("queue_error", error);
  }
}
