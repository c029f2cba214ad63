import type { Rng } from "@evenmatch/testkit";
import { io, type Socket } from "socket.io-client";
import { signInAt } from "../client/sign-in.js";
import type {
  Answers,
  CallName,
  ClientToServer,
  MatchView,
  PartyView,
  Payload,
  ReadyCheckView,
  Reply,
  ServerToClient,
  SignedIn,
} from "../src/protocol.js";
import { after, now } from "../src/time.js";
import { answerFor, asksForEstimate } from "./habits.js";
import type { Gate } from "./gate.js";
import { ENOUGH_OBSERVED } from "./promises.js";
import { newsOf, type Record } from "./record.js";

type DuelSocket = Socket<ServerToClient, ClientToServer>;

/** How long a call may take before it counts as unanswered, in ms. */
const CALL_MS = 20_000;

/** How often somebody knocks whose connection broke, besides the patience of the gate. */
const RETURNS = 5;

/** Codes of a refusal after which nobody knows whether the call took effect: like no answer. */
const UNKNOWN: readonly string[] = ["INTERNAL", "STORE_UNAVAILABLE", "CLOSED"];

/** What a player needs of the world. */
export interface Doors {
  /** Those of every process that talks to players: each connection is to one of them by chance. */
  readonly urls: readonly string[];
  readonly record: Record;
  /** Where everybody comes in. */
  readonly gate: Gate;
}

/** A player with one connection at most, who logs everything that is called, answered and told. */
export class Player {
  /** The ticket that waits, as far as the player knows. */
  ticketId: string | undefined;
  party: PartyView | null = null;
  readonly #rng: Rng;
  readonly #record: Record;
  #socket: DuelSocket | undefined;
  /** The number of the process that it is connected to. */
  #at = 0;
  /** Coming back after a connection broke. */
  #returning: Promise<void> | undefined;
  #isGone = false;
  #toldMatch: string | undefined;
  #toldCheck: string | undefined;
  /** Tickets of whose end the player was told: of a ticket that is matched at once, before its join is answered. */
  readonly #overTickets = new Set<string>();
  #joinedAt = 0;
  /** The p90 of the wait under way, where it was asked for and rests on enough, in ms. */
  #promise: { readonly pool: string; readonly p90Ms: number } | undefined;
  #over: (() => void) | undefined;
  #cancelAnswer = (): void => {};

  private constructor(
    private readonly doors: Doors,
    private readonly identity: SignedIn,
    rng: Rng,
  ) {
    this.#rng = rng.fork("answers");
    this.#record = doors.record;
  }

  static async signIn(doors: Doors, name: string, rating: number | undefined, rng: Rng): Promise<Player> {
    return new Player(doors, await signInAt(rng.pick(doors.urls), name, rating), rng);
  }

  get id(): string {
    return this.identity.player.id;
  }

  /** Is connected, and knows how things stand. */
  async connect(): Promise<void> {
    await this.#returning;
    if (this.isConnected) await this.#restore();
    else await this.doors.gate.pass(() => this.#open());
  }

  /** Opens a connection, to any of the processes, and asks how things stand. */
  async #open(): Promise<void> {
    if (this.#isGone) return;
    const { urls } = this.doors;
    const at = this.#rng.int(0, urls.length - 1);
    const { token } = this.identity;
    const socket: DuelSocket = io(urls[at], {
      auth: { token },
      transports: ["websocket"],
      reconnection: false,
      forceNew: true,
      timeout: CALL_MS,
    });
    // The process may die at any moment: between the two halves of a handshake, and before it has said how things stand.
    const broken = new Promise<never>((_, reject) => {
      socket.once("connect_error", reject);
      socket.once("disconnect", (reason) => reject(new Error(reason)));
    });
    await Promise.race([new Promise<void>((resolve) => socket.once("connect", resolve)), broken]);
    if (this.#isGone) {
      socket.disconnect();
      return;
    }
    this.#socket = socket;
    this.#at = at;
    this.#record.counts.connected++;
    socket.once("disconnect", () => this.#record.counts.connected--);
    this.#listen(socket);
    const isBack = await Promise.race([this.#restore(), broken]).catch(() => false);
    if (isBack && socket.connected) {
      // From now on whoever is cut comes back by themselves; until here whoever opens tries again.
      socket.once("disconnect", () => {
        if (this.#socket === socket) this.#cut();
      });
      return;
    }
    // Whoever does not know how things stand is not back: what happened meanwhile is told to who asks.
    if (this.#socket === socket) this.#lose();
    socket.disconnect();
    throw new Error("nobody said how things stand");
  }

  /** Asks the server how things stand, and takes that over. False when nothing was answered. */
  async restore(): Promise<boolean> {
    await this.#returning;
    return this.#restore();
  }

  async #restore(): Promise<boolean> {
    const reply = await this.#send("status", {});
    if (!reply?.ok) return false;
    const { ticket, readyCheck, lastMatch, party } = reply.status;
    this.party = party;
    if (lastMatch) this.#matched(lastMatch);
    if (readyCheck) this.#asked(readyCheck);
    this.ticketId = ticket?.ticketId;
    if (!ticket) this.#ended();
    return true;
  }

  /** The process at the other end is gone: back at once, to it or another one. */
  #cut(): void {
    this.#record.counts.cuts++;
    this.#lose();
    const returning = this.#return()
      .catch((error: unknown) => {
        console.error(String(error));
        this.#record.wentAway(this.id);
        this.forget();
      })
      .finally(() => {
        if (this.#returning === returning) this.#returning = undefined;
      });
    this.#returning = returning;
  }

  /** Comes back, however long the processes take to start again, within reason. */
  async #return(): Promise<void> {
    for (let tries = 1; !this.#isGone; tries++) {
      try {
        await this.doors.gate.pass(() => this.#open());
        return;
      } catch (error) {
        if (tries === RETURNS) throw error;
      }
    }
  }

  /** Without a connection; the server may leave for the player after a while. */
  #lose(): void {
    this.#socket = undefined;
    this.#cancelAnswer();
    // Whoever is away learns of the match late.
    this.#promise = undefined;
    if (this.ticketId !== undefined) this.#record.called({ type: "leave", ticketId: this.ticketId })();
  }

  /** Cuts the connection as a lost network does: no goodbye. */
  drop(): void {
    const socket = this.#socket;
    this.#lose();
    this.#record.counts.drops++;
    if (!socket) return;
    const { ws } = socket.io.engine.transport as unknown as { readonly ws?: { terminate(): void } };
    if (ws) ws.terminate();
    else socket.disconnect();
  }

  /** Sits down at any of the processes anew, unless a ticket waits. */
  async move(): Promise<void> {
    const isKnown = await this.restore();
    const socket = this.#socket;
    if (!isKnown || this.ticketId !== undefined || !socket) return;
    this.#socket = undefined;
    socket.disconnect();
    await this.connect();
  }

  /** Knows of nothing any more: who is gone for good waits for nothing. */
  forget(): void {
    this.#ended();
  }

  disconnect(): void {
    this.#isGone = true;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.disconnect();
    this.#cancelAnswer();
  }

  get isConnected(): boolean {
    return this.#socket?.connected === true;
  }

  /** Joins with everyone who is in `players`; what comes of it is told to each of them. False when it is refused. */
  async join(payload: Payload<"join">, players: readonly Player[]): Promise<boolean> {
    const ids = players.map(({ id }) => id);
    const { queue, region } = payload;
    if (asksForEstimate(this.#rng)) this.#promise = await this.#promised(payload);
    const done = this.#record.called({ type: "join", queue, region, players: ids });
    this.#record.counts.joins++;
    for (const player of players) player.#joinedAt = now();
    const seats = players.map((player) => player.#at);
    const calledAt = now();
    const reply = await this.call("join", payload);
    if (reply) this.#record.joinTimes.push(now() - calledAt);
    if (!reply || isUnknown(reply)) done();
    else if (!reply.ok) done({ type: "refused", code: reply.error.code });
    else {
      const { ticketId } = reply.ticket;
      this.#record.seated(ticketId, seats);
      done({ type: "joined", ticketId });
      // Nobody may tell of it besides, and whoever does not know of a ticket never leaves it.
      if (!this.#overTickets.has(ticketId)) this.ticketId = ticketId;
    }
    return reply?.ok !== false;
  }

  async leave(): Promise<void> {
    const { ticketId } = this;
    if (ticketId === undefined) return;
    const done = this.#record.called({ type: "leave", ticketId });
    const reply = await this.call("leave", {});
    if (!reply || isUnknown(reply)) done();
    else if (!reply.ok) done({ type: "refused", code: reply.error.code });
    else if (reply.ticketId === ticketId) done({ type: reply.outcome });
    else done();
    if (reply?.ok && reply.outcome === "left") this.#ended();
    else if (reply?.ok === false) await this.restore();
  }

  /** Resolves when the ticket has ended, as far as the player is told. */
  over(): Promise<void> {
    if (this.ticketId === undefined) return Promise.resolve();
    return new Promise((resolve) => (this.#over = resolve));
  }

  /** Sends one call, once it is connected again where it was cut; nothing when no answer came. */
  async call<Name extends CallName>(
    name: Name,
    payload: Payload<Name>,
  ): Promise<Reply<Answers[Name]> | undefined> {
    await this.#returning;
    return this.#send(name, payload);
  }

  #send<Name extends CallName>(
    name: Name,
    payload: Payload<Name>,
  ): Promise<Reply<Answers[Name]> | undefined> {
    const socket = this.#socket;
    if (!socket) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const untyped = socket.timeout(CALL_MS) as unknown as {
        emit(
          name: string,
          payload: unknown,
          done: (lost: Error | null, reply: Reply<Answers[Name]>) => void,
        ): void;
      };
      untyped.emit(name, payload, (lost, reply) => resolve(lost ? undefined : reply));
    });
  }

  #listen(socket: DuelSocket): void {
    socket.on("joined", ({ ticketId }) => (this.ticketId = ticketId));
    const told = new Set<string>();
    socket.on("match_found", (match) => {
      if (told.has(match.matchId)) this.#record.counts.repeats++;
      told.add(match.matchId);
      this.#matched(match);
    });
    socket.on("ready_check", (check) => this.#asked(check));
    socket.on("released", ({ ticket, matchId }) => {
      this.#cancelAnswer();
      this.#record.told(this.id, { type: "released", ticketId: ticket.ticketId, matchId });
    });
    socket.on("ended", ({ ticketId, state }) => {
      this.#record.told(this.id, { type: "ended", ticketId, state });
      this.#overTickets.add(ticketId);
      if (this.ticketId === ticketId) this.#ended();
    });
    socket.on("party", (party) => (this.party = party));
  }

  #matched(match: MatchView): void {
    if (this.#toldMatch !== match.matchId) this.#isTold(match);
    // Told before or not, a ticket that is in it waits no more.
    for (const { ticketId } of match.teams.flat()) this.#overTickets.add(ticketId);
    if (this.ticketId === undefined || this.#overTickets.has(this.ticketId)) this.#ended();
  }

  #isTold(match: MatchView): void {
    this.#toldMatch = match.matchId;
    this.#record.told(this.id, newsOf("match", match));
    this.#record.matched(match);
    const waited = now() - this.#joinedAt;
    this.#record.waits.push(waited);
    if (this.#promise) this.#record.promised(this.#promise.pool, waited <= this.#promise.p90Ms);
    this.#promise = undefined;
  }

  #asked(check: ReadyCheckView): void {
    const { matchId } = check.match;
    if (this.#toldCheck !== matchId) this.#record.told(this.id, newsOf("readyCheck", check.match));
    const isNew = this.#toldCheck !== matchId;
    this.#toldCheck = matchId;
    if (!isNew || check.answers[this.id] !== undefined) return;
    const players = check.match.teams.flat().flatMap((ticket) => ticket.players);
    const answer = answerFor(this.#rng, players.length);
    if (!answer) {
      this.#record.counts.silent++;
      return;
    }
    this.#cancelAnswer = after(answer.afterMs, () => void this.#answer(matchId, answer.accepted));
  }

  async #answer(matchId: string, accepted: boolean): Promise<void> {
    if (!accepted) this.#record.counts.declines++;
    const done = this.#record.called({ type: "answer", matchId, playerId: this.id, accepted });
    const reply = await this.call(accepted ? "accept" : "decline", { matchId });
    if (!reply) done();
    else if (!reply.ok) done({ type: "refused", code: reply.error.code });
    else done({ type: reply.outcome });
  }

  async #promised({ queue, region }: Payload<"join">): Promise<{ pool: string; p90Ms: number } | undefined> {
    const reply = await this.call("estimate", { region });
    const estimate = reply?.ok ? reply.estimates[queue] : null;
    if (!estimate || estimate.observed < ENOUGH_OBSERVED || estimate.p90Ms === null) return undefined;
    return { pool: `${queue} ${region}`, p90Ms: estimate.p90Ms };
  }

  #ended(): void {
    // Whoever leaves earlier might have been matched in time: that says nothing about the promise.
    const promise = this.#promise;
    if (promise && now() - this.#joinedAt > promise.p90Ms) this.#record.promised(promise.pool, false);
    this.#promise = undefined;
    this.#cancelAnswer();
    this.ticketId = undefined;
    this.#over?.();
    this.#over = undefined;
  }
}

function isUnknown(reply: Reply<object>): boolean {
  return !reply.ok && UNKNOWN.includes(reply.error.code);
}
