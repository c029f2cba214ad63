import { EvenmatchError, type Millis } from "@evenmatch/core";
import type { EndedNews, MatchNews, Operation, Replied } from "../history/history.js";
import type { Rng } from "../random/seeded.js";
import type { SimulatedProcess } from "./process.js";
import type { SimulatedPlayer, SimulatedQueues } from "./queues.js";
import type { Recorder } from "./recorder.js";

type Reply = Replied["reply"];

/** What a client finds around itself. */
export interface ClientSurroundings {
  readonly recorder: Recorder;
  readonly rng: Rng;
  readonly pause: (delay: Millis) => Promise<void>;
  /** A process that takes connections; waits for one where none does. */
  readonly connect: () => Promise<SimulatedProcess>;
  /** The client went away for good, or was left without a way to learn what became of it. */
  readonly gone: (client: Client) => void;
}

export interface ClientPlan {
  readonly queue: keyof SimulatedQueues;
  readonly region: string;
  readonly players: readonly SimulatedPlayer[];
  /** Makes the join safe to send again; without one, a client whose join is not answered gives up. */
  readonly requestId: string | undefined;
  readonly onDuplicate: "reject" | "return" | "replace";
  /** Leaves when it was not matched within so many milliseconds. */
  readonly patienceMs: Millis;
  /** Loses its connection for good so many milliseconds after it joined; never for `Infinity`. */
  readonly goneAfterMs: Millis;
  /** What it does when it is asked to accept a match. */
  readonly temper: "accepts" | "declines" | "silent";
}

/** Answers that leave it open what happened. */
const OPEN_ENDS: ReadonlySet<string> = new Set(["STORE_UNAVAILABLE", "CLOSED"]);

/** A caller: whoever sits in front of a game, alone or with a party, and does what people do. */
export class Client {
  /** Known once the join was answered. */
  ticketId: string | undefined;
  readonly #early: { readonly news: MatchNews | EndedNews; readonly ids: readonly string[] }[] = [];
  readonly #answered = new Set<string>();
  #process: SimulatedProcess | undefined;
  #isOver = false;

  constructor(
    private readonly plan: ClientPlan,
    private readonly around: ClientSurroundings,
  ) {}

  get queue(): keyof SimulatedQueues {
    return this.plan.queue;
  }

  get players(): readonly SimulatedPlayer[] {
    return this.plan.players;
  }

  /** True once nothing more is to come: its ticket ended, or it went away. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Joins, however often that takes, and then waits, as long as it likes to. */
  async play(): Promise<void> {
    const { patienceMs, goneAfterMs } = this.plan;
    if (goneAfterMs < Infinity) void this.around.pause(goneAfterMs).then(() => this.#goAway());
    await this.#join();
    if (this.#isOver) return;
    await this.around.pause(patienceMs);
    await this.#leave();
  }

  /** Asks what became of the ticket, at another process if the one it was connected to is dead. */
  async reconnect(): Promise<void> {
    if (!this.#process?.isAlive) this.#process = undefined;
    const { ticketId } = this;
    // A join that is under way connects by itself.
    if (ticketId === undefined) return;
    while (!this.#isOver) {
      await this.around.pause(this.around.rng.int(50, 1_000));
      const process = await this.#connected();
      if (this.#isOver) return;
      try {
        const match = await Promise.race([process.matchmaker.watch(ticketId), process.died]);
        // What is over already is told to who asks alone: the others of this process heard of it before.
        if (!this.#isOver) process.answer(this, match);
        return;
      } catch (error) {
        if (!process.isAlive) return;
        if (!(error instanceof EvenmatchError && OPEN_ENDS.has(error.code))) {
          this.#end();
          return;
        }
      }
    }
  }

  /** Something was told to the process that it is connected to, of a ticket that may be its own. */
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
    const operation = {
      type: "join",
      queue,
      region,
      players: players.map(({ id }) => id),
      requestId,
      onDuplicate,
    } as const;
    let isAgain = false;
    while (!this.#isOver) {
      const process = await this.#connected();
      if (this.#isOver) return;
      const reply = await this.#call(process, operation, async (matchmaker) => {
        const ticket = await matchmaker.join(queue, { region, players }, { requestId, onDuplicate });
        return { type: "joined", ticketId: ticket.id };
      });
      if (reply?.type === "joined") {
        this.#joined(reply.ticketId);
        // A join that was sent again may be of a ticket that is matched already.
        if (isAgain && process.isAlive) void this.reconnect();
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
      await this.around.pause(this.around.rng.int(50, 1_000));
    }
  }

  #joined(ticketId: string): void {
    this.ticketId = ticketId;
    for (const { news, ids } of this.#early.splice(0)) if (ids.includes(ticketId)) this.#learn(news);
    if (!this.#process?.isAlive) void this.reconnect();
  }

  async #leave(): Promise<void> {
    const ticketId = this.ticketId as string;
    while (!this.#isOver) {
      const process = await this.#connected();
      if (this.#isOver) return;
      const operation = { type: "leave", ticketId } as const;
      const reply = await this.#call(process, operation, async (matchmaker) => ({
        type: await matchmaker.leave(ticketId),
      }));
      // The claim was faster: its match, or the end of it, will be told.
      if (reply?.type === "claimed") return;
      if (reply) {
        this.#end();
        return;
      }
      await this.around.pause(this.around.rng.int(50, 1_000));
    }
  }

  async #answer(matchId: string): Promise<void> {
    const { rng, pause } = this.around;
    const { temper } = this.plan;
    if (temper === "silent" || this.#answered.has(matchId)) return;
    this.#answered.add(matchId);
    const accepted = temper === "accepts";
    for (const { id: playerId } of this.players) {
      await pause(rng.int(10, 900));
      // Sent again for as long as nobody says how it went; when it is too late, the answer says so.
      for (let tries = 0; tries < 5 && !this.#isOver; tries++) {
        const process = await this.#connected();
        if (this.#isOver) return;
        const operation = { type: "answer", matchId, playerId, accepted } as const;
        const reply = await this.#call(process, operation, async (matchmaker) => {
          const type = await (accepted
            ? matchmaker.accept(matchId, playerId)
            : matchmaker.decline(matchId, playerId));
          return { type };
        });
        if (reply) break;
        await pause(rng.int(50, 300));
      }
    }
  }

  /** Makes a call on a process, and records what it sees of it; `undefined` when no answer came. */
  async #call(
    process: SimulatedProcess,
    operation: Operation,
    run: (matchmaker: SimulatedProcess["matchmaker"]) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const end = this.around.recorder.call(process.name, operation);
    const answered = Promise.race([run(process.matchmaker), process.died]);
    const reply = await answered.catch((error: unknown): Reply | undefined => {
      if (!(error instanceof EvenmatchError) || OPEN_ENDS.has(error.code)) return undefined;
      return { type: "refused", code: error.code };
    });
    end(reply);
    return reply;
  }

  async #connected(): Promise<SimulatedProcess> {
    if (!this.#process?.isAlive) {
      const process = await this.around.connect();
      if (!this.#process?.isAlive) {
        this.#process = process;
        if (!this.#isOver) process.clients.add(this);
      }
    }
    return this.#process;
  }

  #goAway(): void {
    if (this.#isOver) return;
    this.around.gone(this);
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#process?.clients.delete(this);
  }
}
