import type { HistoryEntry, News, Operation, Replied } from "@evenmatch/testkit";
import { createWriteStream, type WriteStream } from "node:fs";
import { once } from "node:events";
import type { MatchView } from "../src/protocol.js";
import { queueNames, type QueueName } from "../src/queues.js";
import { now } from "../src/time.js";
import { added, type Promises } from "./promises.js";

/** What a client process counts besides its log. */
export interface Counts {
  connected: number;
  joins: number;
  matches: number;
  drops: number;
  declines: number;
  silent: number;
  /** Connections that broke without the player's doing. */
  cuts: number;
  /** Matches that one connection was told of again. */
  repeats: number;
}

type Reply = Replied["reply"];

/** The log of one client process: what its players called, what came back, and what they were told. */
export class Record {
  readonly counts: Counts = {
    connected: 0,
    joins: 0,
    matches: 0,
    drops: 0,
    declines: 0,
    silent: 0,
    cuts: 0,
    repeats: 0,
  };
  /** How long each matched join waited, in ms. */
  readonly waits: number[] = [];
  /** How long each join took to be answered, in ms. */
  readonly joinTimes: number[] = [];
  /** How often each mode ended in a match, for each player. */
  promises: Promises = {};
  readonly modes: { [Queue in QueueName]?: number } = {};
  /** At which processes the players of a ticket were when they joined, by its id. */
  readonly seats: { [ticketId: string]: readonly number[] } = {};
  /** Players who went away for good. */
  readonly absent: string[] = [];
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
      else this.#write({ type: "unanswered", at: now(), process, call });
    };
  }

  told(player: string, news: News): void {
    this.#write({ type: "told", at: now(), process: this.process, player, news });
  }

  matched({ queue }: MatchView): void {
    this.counts.matches++;
    const mode = queueNames.find((name) => name === queue);
    if (mode) this.modes[mode] = (this.modes[mode] ?? 0) + 1;
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
