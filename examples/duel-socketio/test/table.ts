import { leaveNothingRunning } from "@evenmatch/services/vitest";
import { io, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import { signInAt } from "../client/sign-in.js";
import { startBots } from "../src/bots.js";
import { configFrom } from "../src/config.js";
import type { ShowMatch } from "../src/matches.js";
import { matchViewOf } from "../src/news.js";
import type {
  Answers,
  CallName,
  ClientToServer,
  Payload,
  Reply,
  ServerToClient,
  SignedIn,
} from "../src/protocol.js";
import { startServer, type DuelServer } from "../src/server.js";
import { keptTogether } from "../src/shared/keeping.js";
import type { SharedStores } from "../src/shared/stores.js";

export const SECRET = "a secret of the tests, long enough to be one";

leaveNothingRunning();

/** A server of its own for one test, on a free port; closed when the test ends. */
export async function serve(env: Record<string, string> = {}, showMatch?: ShowMatch): Promise<DuelServer> {
  const config = configFrom({ PORT: "0", BOTS: "0", TOKEN_SECRET: SECRET, ...env });
  const server = await startServer(config, showMatch);
  onTestFinished(() => server.close());
  return server;
}

/**
 * A server that shares what it keeps with others; closed, with these stores, when the test ends. On a machine that does
 * much else nobody is late to accept.
 */
export async function serveWith(
  env: Readonly<Record<string, string>>,
  stores: SharedStores,
): Promise<DuelServer> {
  const config = configFrom({ PORT: "0", BOTS: "0", TOKEN_SECRET: SECRET, ACCEPT_MS: "60000", ...env });
  const server = await startServer(config, matchViewOf, keptTogether(config, matchViewOf, stores));
  onTestFinished(() => server.close());
  return server;
}

/** Bots that hardly rest, from now on; what they decide is the same in every run. */
export async function letBotsPlay(server: DuelServer, bots: number): Promise<void> {
  const playing = await startBots(server, { bots, botSeed: 4, botRestMs: 100 });
  onTestFinished(() => playing.close());
}

export function signIn({ url }: { readonly url: string }, name: string, rating?: number): Promise<SignedIn> {
  return signInAt(url, name, rating);
}

export function postSignIn(url: string, body: string, type = "application/json"): Promise<Response> {
  return fetch(`${url}/api/sign-in`, { method: "POST", headers: { "Content-Type": type }, body });
}

type News = { [Type in keyof ServerToClient]: Parameters<ServerToClient[Type]>[0] };
type Kept = { readonly type: keyof News; readonly news: unknown };

/** One connection of a player, which keeps what it is told until a test asks for it. */
export class Tab {
  readonly #kept: Kept[] = [];
  #look = (): void => {};

  constructor(
    readonly socket: Socket<ServerToClient, ClientToServer>,
    readonly player: SignedIn["player"],
    readonly token: string,
  ) {
    socket.onAny((type: keyof News, news: unknown) => {
      this.#kept.push({ type, news });
      this.#look();
    });
  }

  /** The next news of a type, told already or to come. */
  async hears<Type extends keyof News>(type: Type): Promise<News[Type]> {
    for (;;) {
      const index = this.#kept.findIndex((kept) => kept.type === type);
      if (index >= 0) return this.#kept.splice(index, 1)[0]!.news as News[Type];
      await new Promise<void>((resolve) => (this.#look = resolve));
    }
  }

  /** Everything told so far and not asked for, of a type. */
  told(type: keyof News): unknown[] {
    return this.#kept.flatMap((kept) => (kept.type === type ? [kept.news] : []));
  }

  /** A call as the protocol has it. */
  async call<Name extends CallName>(name: Name, payload: Payload<Name>): Promise<Reply<Answers[Name]>> {
    return (await this.send(name, payload)) as Reply<Answers[Name]>;
  }

  /** A call that is refused; the code. */
  async code(name: string, ...args: unknown[]): Promise<string> {
    const reply = (await this.send(name, ...args)) as Reply<object>;
    return reply.ok ? "ok" : reply.error.code;
  }

  /** Any event, with anything in it. */
  send(name: string, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve) => untyped(this.socket).emit(name, ...args, resolve));
  }

  /** Cuts the connection as a lost network does; resolves when the client has noticed. */
  async cut(): Promise<void> {
    const gone = new Promise((resolve) => this.socket.once("disconnect", resolve));
    const { ws } = this.socket.io.engine.transport as unknown as { ws: { terminate(): void } };
    ws.terminate();
    await gone;
  }
}

interface Untyped {
  emit(name: string, ...args: unknown[]): void;
}

export function untyped(socket: Socket<ServerToClient, ClientToServer>): Untyped {
  return socket;
}

/** A new player, connected. */
export async function sit(server: DuelServer, name: string, rating?: number): Promise<Tab> {
  const { token, player } = await server.signIn(name, rating);
  return open(server, token, player);
}

/** A connection with a token that may be anything; rejects with the code when it is refused. */
export async function open(
  server: { readonly url: string },
  token: unknown,
  player?: SignedIn["player"],
): Promise<Tab> {
  const socket: Socket<ServerToClient, ClientToServer> = io(server.url, {
    auth: token === undefined ? {} : { token },
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
  });
  onTestFinished(() => void socket.disconnect());
  const tab = new Tab(socket, player ?? { id: "", name: "", rating: 0 }, String(token));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", (error) => {
      reject(new Error((error as { data?: { code: string } }).data?.code ?? error.message));
    });
  });
  return tab;
}

/** Another connection of the same player. */
export function again(server: DuelServer, { token, player }: Tab): Promise<Tab> {
  return open(server, token, player);
}
