import { freshPrefix } from "@evenmatch/services";
import { leaveNothingRunning, sharedRedis } from "@evenmatch/services/vitest";
import { io, type Socket } from "socket.io-client";
import { expect, onTestFinished, vi } from "vitest";
import { configFrom, type Config } from "../src/config.js";
import type { SignedIn } from "../src/identity.js";
import type { ClientToServer, OwnStatus, Reply, ServerToClient } from "../src/protocol.js";
import type { Room } from "../src/rooms.js";
import { startServer, type PracticeServer } from "../src/server.js";

export const SECRET = "a secret of the tests, long enough to be one";

leaveNothingRunning();

export type Env = Readonly<Record<string, string>>;

/** The environment of servers that belong together, on the Redis of the run, with nothing in it of other tests. */
export function environment(env: Env = {}) {
  const redis = sharedRedis();
  const { prefix, drop } = freshPrefix(redis);
  onTestFinished(drop);
  return { REDIS_URL: redis.url, KEY_PREFIX: prefix, TOKEN_SECRET: SECRET, PORT: "0", ...env };
}

/** A server of a test's own, closed when the test ends. */
export async function serve(env: Env = {}): Promise<PracticeServer & { readonly config: Config }> {
  const config = configFrom(env["REDIS_URL"] ? env : environment(env));
  const server = await startServer(config);
  onTestFinished(() => server.close());
  return { ...server, config };
}

/** What something asked over HTTP answers. */
export interface Answered<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

/** Asks over HTTP; a body that is a text is sent as it is. */
export async function ask<Body = unknown>(
  { url }: { readonly url: string },
  method: string,
  path: string,
  { token, body, type = "application/json" }: { token?: string; body?: unknown; type?: string } = {},
): Promise<Answered<Body>> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": type }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** Somebody who has signed in at a server, and asks there. */
export class Visitor {
  constructor(
    readonly server: { readonly url: string },
    readonly session: SignedIn,
  ) {}

  get id(): string {
    return this.session.person.id;
  }

  /** The same person at another server. */
  at(server: { readonly url: string }): Visitor {
    return new Visitor(server, this.session);
  }

  ask<Body = unknown>(method: string, path: string, body?: unknown): Promise<Answered<Body>> {
    return ask<Body>(this.server, method, path, {
      token: this.session.token,
      ...(body !== undefined && { body }),
    });
  }

  join(preferences?: object): Promise<Answered> {
    return this.ask("POST", "/api/matchmaking/queue", preferences);
  }

  leave(): Promise<Answered> {
    return this.ask("DELETE", "/api/matchmaking/queue");
  }

  async status(): Promise<OwnStatus> {
    return (await this.ask<OwnStatus>("GET", "/api/matchmaking/me")).body;
  }

  /** The id of the match, once there is one. */
  async matched(): Promise<string> {
    return vi.waitFor(async () => {
      const status = await this.status();
      if (status.status !== "matched") throw new Error(`is ${status.status}`);
      return status.match_id;
    }, PATIENCE);
  }

  async room(matchId: string): Promise<Room> {
    const { status, body } = await this.ask<Room>("GET", `/api/rooms/${matchId}`);
    expect(status).toBe(200);
    return body;
  }

  /** A connection, which keeps what it is told until a test asks for it. */
  connect(): Promise<Connection> {
    return connect(this.server, this.session.token);
  }
}

/** How long something may take that is to come. */
export const PATIENCE = { timeout: 20_000, interval: 20 };

export async function signIn(
  server: { readonly url: string },
  name: string,
  more: object = {},
): Promise<Visitor> {
  const { status, body } = await ask<SignedIn>(server, "POST", "/api/sign-in", { body: { name, ...more } });
  expect([name, status]).toEqual([name, 200]);
  return new Visitor(server, body);
}

type News = { [Name in keyof ServerToClient]: Parameters<ServerToClient[Name]>[0] };

/** One connection. */
export class Connection {
  readonly heard: { readonly name: keyof News; readonly news: unknown }[] = [];

  constructor(readonly socket: Socket<ServerToClient, ClientToServer>) {
    socket.onAny((name: keyof News, news: unknown) => this.heard.push({ name, news }));
  }

  /** The next news of this name, told already or to come. */
  hears<Name extends keyof News>(name: Name): Promise<News[Name]> {
    return vi.waitFor(() => {
      const place = this.heard.findIndex((one) => one.name === name);
      if (place < 0) throw new Error(`${name} was not heard; heard was ${JSON.stringify(this.heard)}`);
      return this.heard.splice(place, 1)[0]!.news as News[Name];
    }, PATIENCE);
  }

  /** How often this was told and not asked for. */
  count(name: keyof News): number {
    return this.heard.filter((one) => one.name === name).length;
  }

  /** A call, with anything in it; the code of a refusal, or what it answers. */
  async call(name: string, ...args: unknown[]): Promise<unknown> {
    const socket = this.socket as unknown as {
      emitWithAck(name: string, ...args: unknown[]): Promise<Reply<object>>;
    };
    const reply = await socket.emitWithAck(name, ...args);
    return reply.ok ? reply : reply.error.code;
  }

  /** Cuts it as a lost network does. */
  cut(): void {
    (this.socket.io.engine.transport as unknown as { ws: { terminate(): void } }).ws.terminate();
  }
}

/** A connection with a token that may be anything; rejects with the code when it is refused. */
export async function connect({ url }: { readonly url: string }, token: unknown): Promise<Connection> {
  const socket: Socket<ServerToClient, ClientToServer> = io(url, {
    auth: { token },
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
  });
  onTestFinished(() => void socket.disconnect());
  const connection = new Connection(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", (error) => {
      reject(new Error((error as { data?: { code: string } }).data?.code ?? error.message));
    });
  });
  return connection;
}

/** How many wait, as a server says. */
export async function queueSize(server: { readonly url: string }): Promise<number> {
  const { body } = await ask<{ queue_size: number }>(server, "GET", "/api/matchmaking/queue-status");
  return body.queue_size;
}

export function queueSizeBecomes(server: { readonly url: string }, size: number): Promise<void> {
  return vi.waitFor(async () => expect(await queueSize(server)).toBe(size), PATIENCE);
}
