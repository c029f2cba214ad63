import type { Millis } from "@evenmatch/core";
import type { EndedNews, MatchNews, Operation, Rng } from "@evenmatch/testkit";
import { TICKET_TTL } from "../queues.js";
import type { Asking, Reply } from "../wire.js";
import type { Connected, Connection } from "./connection.js";
import type { BotPlan } from "./population.js";
import type { Logbook } from "./logbook.js";

/** What a bot finds around itself. */
export interface Surroundings {
  readonly logbook: Logbook;
  readonly rng: Rng;
  readonly pause: (delay: Millis) => Promise<void>;
  /** A server process that takes connections; waits for one where none does. */
  readonly connect: () => Promise<Connection>;
  /** It went away for good, or was left without a way to learn what became of it. */
  readonly gone: (bot: Bot) => void;
  /** It had to ask, long after its ticket must have ended, what became of it, and learnt this. */
  readonly asked: (end: End) => void;
}

/** How a ticket ended. */
export type End = "matched" | "left" | "expired";

/** Who has heard nothing for so long after its ticket must have ended asks, as people reload a page. */
const SILENT: Millis = 4_000;

/** A caller: whoever sits in front of a game, alone or with a party, and does what people do. */
export class Bot implements Connected {
  /** Known once the join was answered. */
  ticketId: string | undefined;
  readonly #early: { readonly news: MatchNews | EndedNews; readonly ids: readonly string[] }[] = [];
  readonly #answered = new Set<string>();
  #connection: Connection | undefined;
  #isOver = false;

  constructor(
    readonly plan: BotPlan,
    private readonly around: Surroundings,
  ) {}

  get players(): BotPlan["players"] {
    return this.plan.players;
  }

  /** True once nothing more is to come: its ticket ended, or it went away. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The connection that its heartbeats take. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Joins, however often that takes, and then waits, as long as it likes to. */
  async play(): Promise<void> {
    const { patienceMs, goneAfterMs } = this.plan;
    if (goneAfterMs < Infinity) void this.around.pause(goneAfterMs).then(() => this.#goAway());
    await this.#join();
    if (this.#isOver) return;
    const joinedAt = Date.now();
    await this.around.pause(patienceMs);
    await this.#leave();
    await this.around.pause(Math.max(0, joinedAt + TICKET_TTL + SILENT - Date.now()));
    if (this.#isOver) return;
    await this.reconnect((end) => this.around.asked(end));
  }

  /** Asks what became of the ticket, at another process if the one it was connected to is gone. */
  async reconnect(learnt: (end: End) => void = () => {}): Promise<void> {
    const { ticketId, around } = this;
    // A join that is under way connects by itself.
    if (ticketId === undefined) return;
    while (!this.#isOver) {
      await around.pause(around.rng.int(20, 300));
      const connection = await this.#connected();
      if (this.#isOver) return;
      const answer = await connection.ask({ op: "watch", ticketId });
      if (this.#isOver) return;
      if (answer?.type === "ended") {
        const { news } = answer;
        learnt(news.type === "ended" ? news.state : "matched");
        for (const { id } of this.players) around.logbook.told(id, news);
        this.hear(news);
        return;
      }
      if (answer?.type === "reply") {
        this.#end();
        return;
      }
      // A connection that broke has made it reconnect already.
      if (!connection.isAlive) return;
    }
  }

  /** Something was told of a ticket that may be its own. */
  hear(news: MatchNews | EndedNews): void {
    const ids = news.type === "ended" ? [news.ticketId] : news.teams.flat().map(({ ticketId }) => ticketId);
    // Before the join is answered nobody knows whose ticket it is.
    if (this.ticketId === undefined) this.#early.push({ news, ids });
    else if (ids.includes(this.ticketId)) this.#learn(news);
  }

  #learn(news: MatchNews | EndedNews): void {
    if (news.type === "readyCheck") void this.#answer(news.matchId);
    else this.#end();
  }

  async #join(): Promise<void> {
    const { queue, region, players, requestId, onDuplicate } = this.plan;
    const names = players.map(({ id }) => id);
    const operation = { type: "join", queue, region, players: names, requestId, onDuplicate } as const;
    const asking = { op: "join", queue, region, players, requestId, onDuplicate } as const;
    let isAgain = false;
    while (!this.#isOver) {
      const { reply, connection } = await this.#call(operation, asking);
      if (reply?.type === "joined") {
        this.#joined(reply.ticketId, connection);
        // A join that was sent again may be of a ticket that is matched already.
        if (isAgain && connection?.isAlive) void this.reconnect();
        return;
      }
      isAgain = true;
      if (reply) {
        this.#end();
        return;
      }
      if (requestId === undefined) {
        this.#goAway();
        return;
      }
      await this.around.pause(this.around.rng.int(20, 300));
    }
  }

  #joined(ticketId: string, connection: Connection | undefined): void {
    this.ticketId = ticketId;
    for (const { news, ids } of this.#early.splice(0)) if (ids.includes(ticketId)) this.#learn(news);
    if (!connection?.isAlive) void this.reconnect();
  }

  async #leave(): Promise<void> {
    const ticketId = this.ticketId as string;
    while (!this.#isOver) {
      const { reply } = await this.#call({ type: "leave", ticketId }, { op: "leave", ticketId });
      // The claim was faster: its match, or the end of it, will be told.
      if (reply?.type === "claimed") return;
      if (reply) {
        this.#end();
        return;
      }
      await this.around.pause(this.around.rng.int(20, 300));
    }
  }

  async #answer(matchId: string): Promise<void> {
    const { rng, pause } = this.around;
    const { temper } = this.plan;
    if (temper === "silent" || this.#answered.has(matchId)) return;
    this.#answered.add(matchId);
    const accepted = temper === "accepts";
    for (const { id: playerId } of this.players) {
      await pause(rng.int(5, 400));
      // Sent again for as long as nobody says how it went; when it is too late, the answer says so.
      for (let tries = 0; tries < 5 && !this.#isOver; tries++) {
        const what = { matchId, playerId, accepted };
        const { reply } = await this.#call({ type: "answer", ...what }, { op: "answer", ...what });
        if (reply) break;
        await pause(rng.int(20, 150));
      }
    }
  }

  /** Makes a call on a server process, and records what it sees of it; no reply when none came. */
  async #call(
    operation: Operation,
    asking: Asking,
  ): Promise<{ readonly reply?: Reply; readonly connection?: Connection }> {
    const connection = await this.#connected();
    if (this.#isOver) return {};
    const end = this.around.logbook.call(operation);
    const answer = await connection.ask(asking);
    if (answer?.type !== "reply") {
      end();
      return { connection };
    }
    end(answer.reply);
    return { reply: answer.reply, connection };
  }

  async #connected(): Promise<Connection> {
    if (!this.#connection?.isAlive) {
      const connection = await this.around.connect();
      if (!this.#connection?.isAlive) {
        this.#connection = connection;
        if (!this.#isOver) connection.bots.add(this);
      }
    }
    return this.#connection;
  }

  #goAway(): void {
    if (this.#isOver) return;
    this.around.gone(this);
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#connection?.bots.delete(this);
  }
}
