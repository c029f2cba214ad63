import type { HistoryEntry, News, Operation, Replied } from "@evenmatch/testkit";
import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import type { MatchView } from "../src/protocol.js";
import { queueNames } from "../src/queues.js";
import { now } from "../src/time.js";
import { added, type Promises } from "./promises.js";

/** What a client process counts besides its log. */
export const counted = [
  /** Players who came in. */
  "arrived",
  "connected",
  "joins",
  /** How often a player was told of a match, and in which mode. */
  "matches",
  ...queueNames,
  /** Tickets that a player took back. */
  "left",
  /** How often a player was told that a match does not happen. */
  "released",
  "drops",
  /** Players who went away for good. */
  "absent",
  "declines",
  "silent",
  /** Calls of which nobody knows whether they took effect. */
  "unanswered",
  /** Connections that broke without the player's doing. */
  "cuts",
  /** Matches that one connection was told of again. */
  "repeats",
] as const;

export type Counts = { [Name in (typeof counted)[number]]: number };

/** At which processes the players of tickets were when they joined, by the tickets' ids. */
export type Seats = Readonly<{ [ticketId: string]: readonly number[] }>;

type Reply = Replied["reply"];

/** The log of one client process: what its players called, what came back, and what they were told. */
export class Record {
  readonly counts = Object.fromEntries(counted.map((name) => [name, 0])) as Counts;
  /** How long each matched join waited, in ms. */
  readonly waits: number[] = [];
  /** How long each join took to be answered, in ms. */
  readonly joinTimes: number[] = [];
  promises: Promises = {};
  /** Players who went away for good. */
  readonly absent: string[] = [];
  #seats: { [ticketId: string]: readonly number[] } = {};
  readonly #log: WriteStream;
  #calls = 0;

  constructor(
    path: string,
    private readonly process: string,
  ) {
    this.#log = createWriteStream(path);
  }

  /** Notes a call; the function that is returned notes what came of it, nothing for no answer. */
  called(operation: Operation): (reply?: Reply) => void {
    const call = `${this.process}-${++this.#calls}`;
    const { process } = this;
    this.#write({ type: "called", at: now(), process, call, operation });
    return (reply) => {
      if (reply) this.#write({ type: "replied", at: now(), process, call, reply });
      else {
        this.counts.unanswered++;
        this.#write({ type: "unanswered", at: now(), process, call });
      }
      if (reply?.type === "left") this.counts.left++;
    };
  }

  told(player: string, news: News): void {
    if (news.type === "released") this.counts.released++;
    this.#write({ type: "told", at: now(), process: this.process, player, news });
  }

  matched({ queue }: MatchView): void {
    this.counts.matches++;
    const mode = queueNames.find((name) => name === queue);
    if (mode) this.counts[mode]++;
  }

  wentAway(player: string): void {
    this.counts.absent++;
    this.absent.push(player);
  }

  /** Notes at which processes the players of a ticket were when they joined. */
  seated(ticketId: string, at: readonly number[]): void {
    this.#seats[ticketId] = at;
  }

  /** What `seated` has noted since it was last taken. */
  takeSeats(): Seats {
    const seats = this.#seats;
    this.#seats = {};
    return seats;
  }

  /** Notes whether a wait was within the p90 that was promised. */
  promised(pool: string, isHeld: boolean): void {
    this.promises = added([this.promises, { [pool]: { made: 1, held: isHeld ? 1 : 0 } }]);
  }

  async close(): Promise<void> {
    this.#log.end();
    await once(this.#log, "finish");
  }

  #write(entry: HistoryEntry): void {
    this.#log.write(`${JSON.stringify(entry)}\n`);
  }
}

/** A match as the log has it: ids only. */
export function newsOf(type: "match" | "readyCheck", { matchId, queue, region, teams }: MatchView): News {
  const ids = teams.map((team) =>
    team.map(({ ticketId, players }) => ({ ticketId, players: players.map(({ id }) => id) })),
  );
  return { type, matchId, queue, region, teams: ids };
}
