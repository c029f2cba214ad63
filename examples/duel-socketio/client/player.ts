import type { Socket } from "socket.io-client";
import { Questions } from "../page/questions.js";
import { call, told } from "../page/server.js";
import { givesWayText, matchLine, reasonText, regionText } from "../page/words.js";
import type {
  CallError,
  ClientToServer,
  MatchView,
  PlayerView,
  ReadyCheckView,
  ServerToClient,
  TicketView,
} from "../src/protocol.js";
import { modes } from "../src/queues.js";
import type { Place } from "../src/seats.js";
import type { Terminal } from "./terminal.js";
import { matchLines } from "./words.js";

/** How it ended: with a match, because the player left, or because the server has no place for them. */
export type End = "matched" | "left" | "failed";

/** How often a range that widens with waiting does so, in ms. */
const WIDENS_MS = 5_000;

/** Why a match fell through. */
const RELEASES: Readonly<Record<string, string>> = {
  declined: "Somebody declined",
  unanswered: "Somebody did not answer",
};

/** One player at a terminal, from the join to the match: says what is going on, and accepts what is found. */
export class TerminalPlayer {
  /** Resolves when there is nothing more to wait for. */
  readonly end: Promise<End>;
  #over!: (end: End) => void;
  #isOver = false;
  #isLeaving = false;
  #ticket: TicketView | undefined;
  #check: ReadyCheckView | undefined;
  readonly #reasons = new Questions(() => this.#askWhy());

  constructor(
    private readonly socket: Socket<ServerToClient, ClientToServer>,
    private readonly me: PlayerView,
    private readonly place: Place,
    private readonly terminal: Terminal,
  ) {
    this.end = new Promise((resolve) => {
      this.#over = (end) => {
        this.#isOver = true;
        resolve(end);
      };
    });
    this.#listen();
  }

  /** Gives the place up; false where the match was faster, and is waited for. */
  async leave(): Promise<boolean> {
    this.#isLeaving = true;
    const outcome = this.#ticket && (await this.#callLeave());
    if (outcome === "claimed") {
      this.#isLeaving = false;
      this.terminal.say("Too late to leave: your match is being made.");
      return false;
    }
    this.terminal.say(
      outcome === "unanswered"
        ? "The server does not answer; your place ends a few seconds after your connection."
        : "You have left.",
    );
    this.#over("left");
    return true;
  }

  async #callLeave(): Promise<string> {
    try {
      return (await call(this.socket, "leave", {})).outcome;
    } catch (error) {
      return told(error).code === "NOT_WAITING" ? "left" : "unanswered";
    }
  }

  #listen(): void {
    const { socket, terminal } = this;
    socket.on("connect", () => this.#try(() => this.#restore()));
    socket.on("disconnect", () => {
      if (!this.#isOver) terminal.say("The connection is lost; connecting again…");
    });
    socket.on("connect_error", (error) => {
      const { data } = error as { data?: CallError };
      if (data && !data.retryable) this.#fail(data.message);
      else terminal.now(data?.message ?? "The server cannot be reached; trying again…");
    });
    socket.on("joined", (ticket) => this.#waits(ticket));
    socket.on("board", () => this.#reasons.ask());
    socket.on("ready_check", (check) => this.#asked(check));
    socket.on("answered", ({ matchId, playerId, accepted }) => {
      const check = this.#check;
      if (check?.match.matchId !== matchId) return;
      this.#check = { ...check, answers: { ...check.answers, [playerId]: accepted } };
      this.#sayAnswers();
    });
    socket.on("released", ({ ticket, reason }) => {
      this.#check = undefined;
      terminal.say(`${RELEASES[reason] ?? "The match fell through"}: you keep your place.`);
      this.#waits(ticket);
    });
    socket.on("match_found", (match) => this.#found(match));
    socket.on("ended", ({ ticketId, reason }) => {
      if (ticketId !== this.#ticket?.ticketId || this.#isLeaving) return;
      if (reason === "lost") this.#try(() => this.#restore());
      else this.#fail(`You are out of the queue (${reason}).`);
    });
  }

  /** Whatever happened while there was no connection: the server knows. */
  async #restore(): Promise<void> {
    const { status } = await call(this.socket, "status", {});
    const { ticket, readyCheck, lastMatch } = status;
    const before = this.#ticket?.ticketId;
    const isMine = lastMatch?.teams.flat().some(({ ticketId }) => ticketId === before);
    if (lastMatch && isMine) {
      this.#found(lastMatch);
      return;
    }
    if (ticket) this.#waits(ticket);
    else {
      if (before !== undefined) this.terminal.say("Your place is gone; joining again.");
      this.#waits((await call(this.socket, "join", this.place)).ticket);
    }
    if (readyCheck) this.#asked(readyCheck);
    // From now on the server says when somebody comes or goes.
    await call(this.socket, "board", { region: this.place.region });
  }

  #waits(ticket: TicketView): void {
    const isNew = this.#ticket?.ticketId !== ticket.ticketId;
    this.#ticket = ticket;
    if (isNew) {
      const { queue, region } = ticket;
      this.terminal.say(`You wait for ${modes[queue].title} in ${regionText(region)}. Ctrl-C leaves.`);
    }
    this.#reasons.ask();
  }

  async #askWhy(): Promise<void> {
    const ticket = this.#ticket;
    if (!ticket || this.#check || this.#isOver) return;
    const { explanation } = await call(this.socket, "explain", {});
    if (this.#ticket !== ticket || this.#check || this.#isOver) return;
    const { queue } = ticket;
    const reason = reasonText(explanation, { name: queue, ...modes[queue] });
    const givesWayInMs = explanation?.givesWayInMs ?? undefined;
    this.terminal.now(givesWayInMs === undefined ? reason : `${reason} ${givesWayText(givesWayInMs, queue)}`);
    // What widens with waiting gives another reason after a while, though nobody came or left.
    if (givesWayInMs !== undefined) this.#reasons.askIn(Math.min(givesWayInMs + 500, WIDENS_MS));
  }

  #asked(check: ReadyCheckView): void {
    const isNew = this.#check?.match.matchId !== check.match.matchId;
    this.#check = check;
    if (!isNew) return;
    const { match, answers } = check;
    this.terminal.say(`A match is found: ${matchLine(match, this.me.id)}. You accept.`);
    if (answers[this.me.id] !== undefined) this.#sayAnswers();
    else this.#try(() => call(this.socket, "accept", { matchId: match.matchId }));
  }

  #sayAnswers(): void {
    const { match, answers } = this.#check!;
    const all = match.teams.flat().flatMap(({ players }) => players).length;
    const accepted = Object.values(answers).filter(Boolean).length;
    this.terminal.now(`${accepted} of ${all} have accepted.`);
  }

  #found(match: MatchView): void {
    if (this.#isOver) return;
    this.terminal.say(`Your match, ${match.matchId}:`);
    for (const line of matchLines(match, this.me.id)) this.terminal.say(line);
    this.#over("matched");
  }

  /** What is not answered is asked again when the connection is back; what is refused is the end. */
  #try(run: () => Promise<unknown>): void {
    run().catch((error: unknown) => {
      const { code, message } = told(error);
      if (code === "UNANSWERED" || this.#isOver) return;
      this.#fail(message);
    });
  }

  #fail(message: string): void {
    this.terminal.say(message);
    this.#over("failed");
  }
}
