import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { freePort, throughPort } from "../process/port.js";
import { Direction, type Traffic } from "./direction.js";

/** Which exchange loses its answer or its request. */
export interface Loss {
  /** Whether this piece of a request is the one; default the next, whatever it is. */
  of?: (request: Buffer) => boolean;
  /** Whether so much of the answer shows that what was asked for is done; default any of it does. */
  complete?: (answer: Buffer) => boolean;
}

interface Link {
  client: Socket;
  target: Socket;
  /** Whether what is sent on it is lost, though others pass. */
  isForgotten: boolean;
  /** The loss that this connection's next answer belongs to. */
  losing: Losing | undefined;
}

interface Losing extends Loss {
  what: "request" | "answer";
  /** What was swallowed of the answer. */
  answer: Buffer;
  done: () => void;
}

/**
 * A TCP proxy between a client and a server of a test, which does to connections what networks do.
 *
 * | call | existing connections | new connections |
 * |---|---|---|
 * | `cut` | reset | pass |
 * | `refuse`, until `accept` | pass | refused |
 * | `delay(ms)` | every piece that much later, each way | the same |
 * | `stall` | open, nothing arrives until `restore`, then all of it | the same |
 * | `halfOpen` | open, what is sent is lost, nobody is told; `restore` resets them | the same |
 * | `forget` | half open | pass |
 * | `loseAnswer` | one request is let through, its answer swallowed, then its connection reset | the same |
 * | `loseRequest` | one request is swallowed and its connection reset | the same |
 * | `target(url)` | pass | go to another server |
 * | `restore` | all as at the start | the same |
 */
export class TcpProxy implements AsyncDisposable {
  /** The port of 127.0.0.1 on which clients reach the target. */
  readonly port: number;
  /** How many connections have been made so far. */
  accepted = 0;
  #server: Server;
  #target: { host: string; port: number };
  #links = new Set<Link>();
  #losses: Losing[] = [];
  #isClosed = false;
  #traffic: Traffic & { change: () => void } = newTraffic(0, "pass");

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => this.#link(client));
  }

  /** Use `startProxy`. */
  static async start(target: { host: string; port: number }): Promise<TcpProxy> {
    return new TcpProxy(await listen(await freePort()), target);
  }

  /** The same URL, by way of this proxy. */
  urlOf(url: string): string {
    return throughPort(url, this.port);
  }

  /** New connections go to another server from now on, as when an address moves in a fail-over. */
  target(url: string): void {
    this.#target = addressOf(url);
  }

  /** How many connections are open now. */
  get open(): number {
    return this.#links.size;
  }

  /** Resets every connection, and tells how many there were. */
  cut(): number {
    const links = [...this.#links];
    for (const link of links) this.#reset(link);
    return links.length;
  }

  /** New connections are refused from now on, as when nobody listens. */
  async refuse(): Promise<void> {
    // `close` waits for the connections to end, which go on here; it listens no more at once.
    this.#server.close();
    await Promise.resolve();
  }

  /** New connections are taken again. */
  async accept(): Promise<void> {
    if (this.#server.listening || this.#isClosed) return;
    this.#server = await listen(this.port);
    this.#server.on("connection", (client) => this.#link(client));
  }

  /** Keeps every piece back for so long, each way. */
  delay(ms: number): void {
    this.#set(ms, this.#traffic.flow);
  }

  /** Keeps everything back until `restore`; it is late then, but complete, as after a partition of the network. */
  stall(): void {
    // What is lost stays lost: a connection that goes on without it is none that a network could make.
    if (this.#traffic.flow !== "swallow") this.#set(this.#traffic.delayMs, "hold");
  }

  /** Loses everything and tells nobody, as when a router forgets a connection or a machine loses its power. */
  halfOpen(): void {
    this.#set(this.#traffic.delayMs, "swallow");
  }

  /** Like `halfOpen`, for the connections that there are: new ones pass, as when a router has lost its memory. */
  forget(): void {
    const { change } = this.#traffic;
    for (const link of this.#links) link.isForgotten = true;
    this.#traffic = newTraffic(this.#traffic.delayMs, this.#traffic.flow);
    change();
  }

  /**
   * Everything passes again at once, and new connections are taken. Those that lost something are reset, and losses
   * that have not happened yet are called off.
   */
  async restore(): Promise<void> {
    const lost = [...this.#links].filter((link) => link.isForgotten || this.#traffic.flow === "swallow");
    this.#losses = [];
    this.#set(0, "pass");
    for (const link of lost) this.#reset(link);
    await this.accept();
  }

  /**
   * Lets one request through, swallows its answer and resets the connection: what was asked for is done, and who
   * asked does not know. Resolves when it has happened.
   */
  async loseAnswer(loss: Loss = {}): Promise<void> {
    await this.#lose("answer", loss);
  }

  /** Swallows one request and resets its connection: nothing was done. Resolves when it has happened. */
  async loseRequest(loss: Pick<Loss, "of"> = {}): Promise<void> {
    await this.#lose("request", loss);
  }

  #lose(what: Losing["what"], loss: Loss): Promise<void> {
    return new Promise((done) => this.#losses.push({ ...loss, what, answer: Buffer.alloc(0), done }));
  }

  /** Resets what is open and listens no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#set(0, "pass");
    this.cut();
    await this.refuse();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #set(delayMs: number, flow: Traffic["flow"]): void {
    const before = this.#traffic;
    this.#traffic = newTraffic(delayMs, flow);
    before.change();
  }

  #link(client: Socket): void {
    this.accepted += 1;
    const target = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const link: Link = { client, target, isForgotten: false, losing: undefined };
    this.#links.add(link);
    const traffic = () => (link.isForgotten ? FORGOTTEN : this.#traffic);
    new Direction(client, target, traffic, (piece) => this.#requested(link, piece));
    new Direction(target, client, traffic, (piece) => this.#answered(link, piece));
    for (const [side, other] of [
      [client, target],
      [target, client],
    ] as const) {
      side.on("error", () => {});
      side.on("close", (failed) => {
        if (traffic().flow === "swallow") return;
        if (failed) reset(other);
        if (side.destroyed && other.destroyed) this.#links.delete(link);
      });
    }
  }

  #requested(link: Link, piece: Buffer): boolean {
    const index = this.#losses.findIndex(({ of }) => of === undefined || of(piece));
    if (index < 0 || link.losing !== undefined) return false;
    const [losing] = this.#losses.splice(index, 1);
    if (losing!.what === "answer") {
      link.losing = losing;
      return false;
    }
    this.#reset(link);
    losing!.done();
    return true;
  }

  #answered(link: Link, piece: Buffer): boolean {
    const { losing } = link;
    if (losing === undefined) return false;
    losing.answer = Buffer.concat([losing.answer, piece]);
    if (losing.complete?.(losing.answer) ?? true) {
      this.#reset(link);
      losing.done();
    }
    return true;
  }

  #reset(link: Link): void {
    this.#links.delete(link);
    reset(link.client);
    reset(link.target);
  }
}

/** Starts a proxy before a server, given by its address or by a URL with host and port. */
export function startProxy(target: string | { host: string; port: number }): Promise<TcpProxy> {
  return TcpProxy.start(typeof target === "string" ? addressOf(target) : target);
}

/**
 * Resets a connection. One that is just saying that it ends cannot be: Node would leave its handle open, and would wait
 * for it in vain when the process ends.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

const FORGOTTEN: Traffic = { delayMs: 0, flow: "swallow", changed: Promise.resolve() };

function newTraffic(delayMs: number, flow: Traffic["flow"]): Traffic & { change: () => void } {
  let change = () => {};
  const changed = new Promise<void>((resolve) => (change = resolve));
  return { delayMs, flow, changed, change };
}

function listen(port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () => resolve(server));
  });
}
