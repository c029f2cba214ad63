import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { EvenmatchError, type Matchmaker } from "@evenmatch/core";
import { newsOf, type EndedNews, type MatchNews, type News } from "@evenmatch/testkit";
import type { SoakQueues } from "../queues.js";
import { hear, send, type Answered, type Asked } from "../wire.js";

/** Errors that leave it open what happened. */
const OPEN_ENDS: ReadonlySet<string> = new Set(["STORE_UNAVAILABLE", "CLOSED", "NO_OWNER"]);

/** Refusals that callers of a run bring upon themselves. */
const EXPECTED: ReadonlySet<string> = new Set(["ALREADY_WAITING", "TICKET_UNKNOWN"]);

/** Where callers come in: answers them, and passes on what the matchmaker tells. */
export class Door {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(
    private readonly matchmaker: Matchmaker<SoakQueues>,
    private readonly onFlaw: (message: string) => void,
  ) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      hear(socket, (line) => void this.#answer(socket, line as Asked));
    });
    this.#tellAll();
  }

  /** Resolves with the port that callers connect to. */
  async open(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.end();
  }

  #tellAll(): void {
    const { matchmaker } = this;
    for (const type of ["match", "readyCheck"] as const) {
      matchmaker.on(type, (match) => {
        const news = newsOf(type, match);
        this.#tell(
          news,
          news.teams.flat().flatMap(({ players }) => players),
        );
      });
    }
    matchmaker.on("ended", ({ ticket, state }) =>
      this.#tell(
        { type: "ended", ticketId: ticket.id, state },
        ticket.players.map(({ id }) => id),
      ),
    );
    matchmaker.on("released", ({ ticket, matchId }) =>
      this.#tell(
        { type: "released", ticketId: ticket.id, matchId },
        ticket.players.map(({ id }) => id),
      ),
    );
  }

  #tell(news: News, players: readonly string[]): void {
    for (const socket of this.#sockets) send(socket, { news, players });
  }

  async #answer(socket: Socket, asked: Asked): Promise<void> {
    const answer = await this.#run(asked).catch((error: unknown): Answered => {
      if (!(error instanceof EvenmatchError)) {
        this.onFlaw(`${asked.op} failed with ${String(error)}`);
        return { type: "open", code: "UNKNOWN" };
      }
      const { code } = error;
      if (OPEN_ENDS.has(code)) return { type: "open", code };
      if (!EXPECTED.has(code)) this.onFlaw(`${asked.op} was refused with ${code}: ${error.message}`);
      return { type: "reply", reply: { type: "refused", code } };
    });
    send(socket, { id: asked.id, answer });
  }

  async #run(asked: Asked): Promise<Answered> {
    const { matchmaker } = this;
    switch (asked.op) {
      case "join": {
        const { queue, region, players, requestId, onDuplicate } = asked;
        const ticket = await matchmaker.join(queue, { region, players }, { requestId, onDuplicate });
        return { type: "reply", reply: { type: "joined", ticketId: ticket.id } };
      }
      case "leave":
        return { type: "reply", reply: { type: await matchmaker.leave(asked.ticketId) } };
      case "answer": {
        const { matchId, playerId, accepted } = asked;
        const answered = accepted
          ? matchmaker.accept(matchId, playerId)
          : matchmaker.decline(matchId, playerId);
        return { type: "reply", reply: { type: await answered } };
      }
      case "watch":
        return { type: "ended", news: await this.#endOf(asked.ticketId) };
      case "beat":
        await matchmaker.heartbeat(asked.ticketIds);
        return { type: "open", code: "" };
    }
  }

  async #endOf(ticketId: string): Promise<MatchNews | EndedNews> {
    try {
      return newsOf("match", await this.matchmaker.watch(ticketId));
    } catch (error) {
      const code = error instanceof EvenmatchError ? error.code : undefined;
      if (code === "TICKET_LEFT") return { type: "ended", ticketId, state: "left" };
      if (code === "TICKET_EXPIRED") return { type: "ended", ticketId, state: "expired" };
      throw error;
    }
  }
}
