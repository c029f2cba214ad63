import type { Identities } from "./identity.js";
import { expired } from "./identity.js";
import { Limit } from "./limit.js";
import type { Calls } from "./lobby.js";
import { payloads, type CallError, type CallName, type Payload } from "./protocol.js";
import { callErrorOf, Refusal } from "./refusal.js";
import type { Presence } from "./presence.js";
import { roomOf, type DuelIo, type DuelSocket } from "./rooms.js";
import { now } from "./time.js";
import type { Underway } from "./underway.js";

interface Surroundings {
  readonly identities: Identities;
  readonly presence: Presence;
  readonly calls: Calls;
  readonly joins: Limit;
  readonly questions: Limit;
  /** A player has connected, and is in the room of their tabs. */
  readonly arrived: (playerId: string) => void;
  /** Calls that have come in and are not answered yet. */
  readonly underway: Underway;
}

/** Tabs of one player at once. */
const MOST_SOCKETS = 8;

/** Messages of one socket: so many in so many seconds. */
const MOST_MESSAGES = 50;
const PER_SECONDS = 5;

/** Questions that cost the owner of a pool work. */
const QUESTIONS: readonly CallName[] = ["explain", "estimate"];

/** Calls as they arrive: from anybody, with anything in them. */
type RawHandler = (...args: unknown[]) => void;
type Answered = (reply: { ok: true } | { ok: false; error: CallError }) => void;

/** Lets sockets in by their token, and calls through once they are checked. */
export function openDoor(io: DuelIo, around: Surroundings): void {
  const { identities, presence, joins, questions, arrived } = around;
  const messages = Limit.ofProcess("messages", MOST_MESSAGES, PER_SECONDS);

  io.use((socket, next) => {
    const { auth } = socket.handshake as { auth: Record<string, unknown> };
    identities.check(auth["token"]).then(
      ({ player, expiresAt }) => {
        if (presence.socketsOf(player.id) >= MOST_SOCKETS) {
          const text = `A player has at most ${MOST_SOCKETS} connections; close one.`;
          return next(connectError(new Refusal("TOO_MANY_SOCKETS", text, true)));
        }
        socket.data.player = player;
        socket.data.expiresAt = expiresAt;
        next();
      },
      (error: unknown) => next(connectError(error)),
    );
  });

  io.on("connection", (socket) => {
    const { id } = socket.data.player;
    const isKnown = presence.came(id);
    socket.on("disconnect", () => presence.went(id));
    void socket.join(roomOf(id));
    arrived(id);

    // Counts everything, events that nobody listens to included; what is too much goes no further.
    socket.use((packet, next) => {
      messages.take(socket.id).then(
        () => next(),
        (error: unknown) => replierOf(packet)?.({ ok: false, error: callErrorOf(error) }),
      );
    });
    for (const name of Object.keys(payloads) as CallName[]) {
      const handler: RawHandler = (...args) =>
        around.underway.run(async () => {
          // Nobody may take a player for gone who asks for something.
          await isKnown;
          await answer(socket, name, args);
        });
      socket.on(name, handler);
    }
  });

  async function answer(socket: DuelSocket, name: CallName, args: readonly unknown[]): Promise<void> {
    const reply = replierOf(args);
    try {
      reply?.({ ok: true, ...(await call(socket, name, args[0])) });
    } catch (error) {
      reply?.({ ok: false, error: callErrorOf(error) });
    }
  }

  async function call<Name extends CallName>(socket: DuelSocket, name: Name, sent: unknown): Promise<object> {
    const { player, expiresAt } = socket.data;
    if (now() >= expiresAt) throw expired();
    if (name === "join") await joins.take(player.id);
    if (QUESTIONS.includes(name)) await questions.take(player.id);
    const { success, data, error } = payloads[name].safeParse(sent);
    if (!success) {
      const [issue] = error.issues;
      const where = issue?.path.length ? `${issue.path.join(".")}: ` : "";
      throw new Refusal(
        "INVALID_PAYLOAD",
        `${name} does not take this payload (${where}${issue?.message ?? "malformed"}).`,
      );
    }
    // Who has gone meanwhile asks for nothing any more.
    if (!socket.connected) throw new Refusal("TOKEN_INVALID", "The connection is gone.");
    return around.calls[name](player, data as Payload<Name>, socket);
  }
}

/** The acknowledgement of a call, where the client asked for one. */
function replierOf(args: readonly unknown[]): Answered | undefined {
  const last = args.at(-1);
  return typeof last === "function" ? (last as Answered) : undefined;
}

/** Socket.IO hands `data` to the client's `connect_error`. */
function connectError(error: unknown): Error {
  const data = callErrorOf(error);
  return Object.assign(new Error(data.message), { data });
}
