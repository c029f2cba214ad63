import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Session } from "./identity.js";
import type { Asset } from "./page.js";
import { Refusal, told } from "./refusal.js";

/** What a route is asked. */
export interface Asked {
  /** The part of the path that its pattern leaves open. */
  readonly param: string;
  readonly address: string;
  /** Who asks; rejects where there is no sound session. */
  readonly session: () => Promise<Session>;
  /** The body as JSON; undefined where there is none. */
  readonly body: () => Promise<unknown>;
}

/** What a route answers: JSON, unless it says another type. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly body: unknown;
}

/** What is answered at a path, by method. A path that ends with * leaves one part open. */
export type Routes = Readonly<Record<string, Readonly<Record<string, (asked: Asked) => Promise<Answer>>>>>;

interface Surroundings {
  readonly page: ReadonlyMap<string, Asset>;
  readonly routes: Routes;
  readonly check: (token: string | undefined) => Promise<Session>;
}

/** The largest body that is read, in bytes; and a client that is slower than this, in ms, is cut off. */
const LARGEST_BODY = 2_048;
const SLOWEST = 10_000;

/** Of every answer: nothing from elsewhere, nothing inline, in nobody's frame. */
const headers = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** Everything that is not a socket. */
export function httpServer(around: Surroundings): Server {
  return createServer({ requestTimeout: SLOWEST, headersTimeout: SLOWEST }, (request, response) => {
    void respond(request, response, around);
  });
}

/** Adds the headers to every answer of the server, those of Socket.IO included. */
export function secure(server: Server): void {
  server.prependListener("request", (_, response: ServerResponse) =>
    response.setHeaders(new Map(Object.entries(headers))),
  );
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  around: Surroundings,
): Promise<void> {
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  const asset = around.page.get(path);
  const {
    status = 200,
    type,
    body,
  } = asset
    ? await answered(request, { GET: () => Promise.resolve(asset) }, around, "")
    : await routed(path, request, around);
  // What was not read of the request is not waited for.
  if (!request.complete) response.setHeader("Connection", "close");
  if (!asset) response.setHeader("Cache-Control", "no-store");
  const bytes = type === undefined ? Buffer.from(JSON.stringify(body)) : Buffer.from(body as string | Buffer);
  response.writeHead(status, {
    "Content-Type": type ?? "application/json; charset=utf-8",
    "Content-Length": bytes.length,
  });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

async function routed(path: string, request: IncomingMessage, around: Surroundings): Promise<Answer> {
  const cut = path.lastIndexOf("/") + 1;
  const exact = own(around.routes, path);
  const methods = exact ?? own(around.routes, `${path.slice(0, cut)}*`);
  if (methods) return answered(request, methods, around, exact ? "" : path.slice(cut));
  return refused(new Refusal("NOT_FOUND", "There is nothing here."));
}

async function answered(
  request: IncomingMessage,
  methods: Routes[string],
  { check }: Surroundings,
  part: string,
): Promise<Answer> {
  const { method = "GET", headers: sent, socket } = request;
  try {
    const answer = own(methods, method === "HEAD" ? "GET" : method);
    if (!answer) throw new Refusal("METHOD_NOT_ALLOWED", `Send ${Object.keys(methods).join(" or ")}.`);
    return await answer({
      param: decoded(part),
      address: socket.remoteAddress ?? "unknown",
      session: () => check(/^Bearer +(\S+)$/i.exec(sent.authorization ?? "")?.[1]),
      body: () => bodyOf(request),
    });
  } catch (cause) {
    return refused(cause);
  }
}

function refused(cause: unknown): Answer {
  const { status, error } = told(cause);
  return { status, body: { error } };
}

/** What an object has of its own: a path may be called __proto__. */
function own<Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal("NOT_FOUND", "There is nothing here.");
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY) throw new Refusal("PAYLOAD_TOO_LARGE", `Send at most ${LARGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  // A form of another site cannot send this type without the browser asking us first.
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? ""))
    throw new Refusal("INVALID_PAYLOAD", "Send JSON, with Content-Type: application/json.");
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
  } catch {
    throw new Refusal("INVALID_PAYLOAD", "The body is not JSON.");
  }
}
