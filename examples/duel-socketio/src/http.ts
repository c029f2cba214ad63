import type { ErrorCode, Health } from "@evenmatch/core";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { FinalState } from "./final-state.js";
import type { MatchesPage } from "./matches.js";
import { securityHeaders, type Asset } from "./page.js";
import type { ServerInfo, SignedIn } from "./protocol.js";
import { callErrorOf, Refusal, type RefusalCode } from "./refusal.js";

export interface Routes {
  readonly page: ReadonlyMap<string, Asset>;
  readonly info: ServerInfo;
  health(): Health;
  signIn(body: unknown, address: string): Promise<SignedIn>;
  /** A page of the matches of the player whose token this is. */
  matches(token: string | undefined, query: unknown): Promise<MatchesPage>;
  /** Missing where the server does not show it. */
  readonly finalState: (() => Promise<FinalState>) | undefined;
}

/** The largest body that is read. */
const LARGEST_BODY = 1_024;

/** A client that sends its request more slowly than this is cut off, in ms. */
const SLOWEST = 10_000;

/** Everything that is not a socket: the page, signing in, and what operators ask. */
export function httpServer(routes: Routes): Server {
  const options = { requestTimeout: SLOWEST, headersTimeout: SLOWEST };
  return createServer(options, (request, response) => void respond(request, response, routes));
}

/** Adds the security headers to every answer of the server, those of Socket.IO included. */
export function secure(server: Server): void {
  server.prependListener("request", (_request, response: ServerResponse) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  });
}

async function respond(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  try {
    await route(request, response, routes);
  } catch (error) {
    const told = callErrorOf(error);
    // What was not read of the request is not waited for.
    if (!request.complete) response.setHeader("Connection", "close");
    sendJson(response, statuses[told.code as RefusalCode | ErrorCode] ?? 500, { ok: false, error: told });
  }
}

async function route(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  const [path = "/", query] = (request.url ?? "/").split("?", 2);
  const asset = routes.page.get(path);
  if (asset) {
    allow(request, "GET", "HEAD");
    send(response, 200, asset.type, asset.body);
  } else if (path === "/api/sign-in") {
    allow(request, "POST");
    const address = request.socket.remoteAddress ?? "unknown";
    sendJson(response, 200, { ok: true, ...(await routes.signIn(await bodyOf(request), address)) });
  } else if (path === "/api/info") {
    allow(request, "GET", "HEAD");
    sendJson(response, 200, routes.info);
  } else if (path === "/api/matches") {
    allow(request, "GET", "HEAD");
    const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    const asked = Object.fromEntries(new URLSearchParams(query));
    sendJson(response, 200, { ok: true, ...(await routes.matches(token, asked)) });
  } else if (path === "/healthz") {
    allow(request, "GET", "HEAD");
    const health = routes.health();
    sendJson(response, health.status === "ready" ? 200 : 503, health);
  } else if (path === "/api/debug/final-state" && routes.finalState) {
    allow(request, "GET");
    sendJson(response, 200, await routes.finalState());
  } else {
    throw new Refusal("NOT_FOUND", "There is nothing here.");
  }
}

const statuses: Partial<Record<RefusalCode | ErrorCode, number>> = {
  INVALID_REQUEST: 400,
  INVALID_PAYLOAD: 400,
  TOKEN_MISSING: 401,
  TOKEN_INVALID: 401,
  TOKEN_EXPIRED: 401,
  RATING_NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  CLOSING: 503,
};

function allow({ method = "GET" }: IncomingMessage, ...methods: string[]): void {
  if (methods.includes(method)) return;
  throw new Refusal("METHOD_NOT_ALLOWED", `Send ${methods.join(" or ")}.`);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  // A form of another site cannot send this type without the browser asking us first.
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    throw new Refusal("INVALID_PAYLOAD", "Send JSON, with Content-Type: application/json.");
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > LARGEST_BODY) throw new Refusal("PAYLOAD_TOO_LARGE", `Send at most ${LARGEST_BODY} bytes.`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    throw new Refusal("INVALID_PAYLOAD", "The body is not JSON.");
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.setHeader("Cache-Control", "no-store");
  send(response, status, "application/json; charset=utf-8", Buffer.from(JSON.stringify(body)));
}

function send(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": body.length });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
