import { connect, type Socket } from "node:net";
import type { EndedNews, MatchNews } from "@evenmatch/testkit";
import { hear, send, type Answered, type Asking, type Sent } from "../wire.js";
import type { Logbook } from "./logbook.js";

/** What a connection knows of who uses it. */
export interface Connected {
  readonly players: readonly { readonly id: string }[];
  hear(news: MatchNews | EndedNews): void;
  /** Looks for another server process. */
  reconnect(): Promise<void>;
}

/** The way from the callers to one server process; it ends with that process. */
export class Connection {
  readonly bots = new Set<Connected>();
  readonly #socket: Socket;
  readonly #open = new Map<number, (answer: Answered | undefined) => void>();
  #questions = 0;
  #isAlive = true;

  constructor(
    port: number,
    private readonly logbook: Logbook,
    private readonly onEnd: () => void,
  ) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    hear(this.#socket, (line) => this.#take(line as Sent));
    this.#socket.on("close", () => this.#end());
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Asks for something; `undefined` when the server process ended before it answered. */
  ask(asking: Asking): Promise<Answered | undefined> {
    if (!this.#isAlive) return Promise.resolve(undefined);
    const id = ++this.#questions;
    const answered = new Promise<Answered | undefined>((resolve) => this.#open.set(id, resolve));
    send(this.#socket, { ...asking, id });
    return answered;
  }

  /** Says something that needs no answer. */
  say(asking: Asking): void {
    send(this.#socket, { ...asking, id: 0 });
  }

  close(): void {
    this.#socket.end();
  }

  #take(sent: Sent): void {
    if ("answer" in sent) {
      this.#open.get(sent.id)?.(sent.answer);
      this.#open.delete(sent.id);
      return;
    }
    const { news } = sent;
    const players = new Set(sent.players);
    const bots = [...this.bots].filter((bot) => bot.players.some(({ id }) => players.has(id)));
    const told = new Set(bots.flatMap((bot) => bot.players.map(({ id }) => id)));
    for (const player of told) if (players.has(player)) this.logbook.told(player, news);
    if (news.type !== "released") for (const bot of bots) bot.hear(news);
  }

  #end(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.onEnd();
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const resolve of open) resolve(undefined);
    const bots = [...this.bots];
    this.bots.clear();
    for (const bot of bots) void bot.reconnect();
  }
}
