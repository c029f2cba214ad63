import { systemRandom, type Millis } from "@evenmatch/core";
import { uuidMaker, waitAfter } from "@evenmatch/core/adapter";
import { entryOf, EVENT_FIELD, MARK_FIELD, type Entry } from "./entry.js";
import { ACKNOWLEDGE, DROP, ENTER, LEAVE, PUT_ASIDE, RENEW, TAKE } from "./group-scripts.js";
import { PAGE, type Around, type Lane } from "./lane.js";

/** Events that one member works on; nobody else gets those of its group until it is done, or its lease has ended. */
export interface Taken {
  readonly type: "taken";
  readonly token: string;
  /** How often the first of them were begun, this time included. */
  readonly tries: number;
  /** How many are known to have gone from the log unread; at least so many. */
  readonly missed: number;
  readonly entries: readonly Entry[];
}

/** How taking came out. */
export type Turn =
  | Taken
  /** There is no such group. */
  | { readonly type: "gone" }
  /** Somebody else works, or it is not yet time to try again. */
  | { readonly type: "held"; readonly leftMs: Millis; readonly turn: string }
  /** There is nothing behind this place. */
  | { readonly type: "none"; readonly at: string };

/** How acknowledging came out: `lost` where another member has taken over. */
export type Acknowledged = Taken | { readonly type: "lost" | "released" };

type RawTaken = [id: string, isMark: unknown, text: string][];

const uuid = uuidMaker(systemRandom);

/** A group in one lane, as the server has it: who works on its events, and how far it is. */
export class Group {
  readonly name: string;
  readonly lane: Lane;
  /** The stream that says that it is another member's turn. */
  readonly turns: string;
  readonly #around: Around;
  readonly #keys: string[];

  constructor(name: string, lane: Lane, around: Around) {
    this.name = name;
    this.lane = lane;
    this.turns = `${lane.tag}:turns:${name}`;
    this.#around = around;
    this.#keys = [lane.log, `${lane.tag}:group:${name}`, this.turns];
  }

  /** Makes the group where there is none of this name: it gets what is published from now on. */
  async enter(): Promise<void> {
    await this.#around.server.run(ENTER, this.#keys.slice(0, 2), [this.name]);
  }

  /** Takes the next events, if there are some and nobody works on any. */
  async take(): Promise<Turn> {
    const token = uuid(this.#around.clock.now());
    const args = [this.name, token, this.#around.leaseMs, ...PAGE];
    const [type, one, two, three] = (await this.#around.server.run(TAKE, this.#keys, args)) as unknown[];
    if (type === "taken") return takenOf(token, one, two, three);
    if (type === "held") return { type, leftMs: Number(one), turn: String(two) };
    return type === "none" ? { type, at: String(one) } : { type: "gone" };
  }

  /**
   * Acknowledges events, and takes what is next, but when they are the last, or when others wait and it had a good turn.
   * May be repeated: the token is the same.
   */
  async acknowledge(
    { token }: Taken,
    ids: readonly string[],
    { isLast, isOverdue }: { readonly isLast: boolean; readonly isOverdue: boolean },
  ): Promise<Acknowledged> {
    const flags = [isLast, isOverdue].map(Number);
    const args = [this.name, token, this.#around.leaseMs, ...PAGE, ...flags, ...ids];
    const answer = (await this.#around.server.run(ACKNOWLEDGE, this.#keys, args)) as unknown[];
    const [type, one, two, three] = answer;
    if (type === "taken") return takenOf(token, one, two, three);
    return { type: type === "released" ? type : "lost" };
  }

  /** Keeps the lease for longer; false where another member has taken over. */
  async renew({ token }: Taken): Promise<boolean> {
    const kept = await this.#around.server.run(RENEW, this.#keys, [token, this.#around.leaseMs]);
    return Number(kept) === 1;
  }

  /** Leaves events unfinished: a member gets them again, in a while. */
  async fail({ token, tries }: Taken): Promise<void> {
    await this.#around.server.run(LEAVE, this.#keys, [token, waitAfter(tries), tries]);
  }

  /** Leaves events that were not begun: a member gets them at once. */
  async leave({ token, tries }: Taken): Promise<void> {
    await this.#around.server.run(LEAVE, this.#keys, [token, 0, tries - 1]);
  }

  /** Keeps an event that nobody was done with, for somebody to look at. */
  async putAside({ id, text }: Entry, reason: string): Promise<void> {
    await this.#around.server.run(PUT_ASIDE, [`${this.lane.tag}:aside`], [this.name, id, text, reason]);
  }

  /** Forgets the group. */
  async drop(): Promise<void> {
    await this.#around.server.run(DROP, this.#keys, [this.name]);
  }
}

function takenOf(token: string, tries: unknown, missed: unknown, got: unknown): Taken {
  const entries = (got as RawTaken).map(([id, isMark, text]) =>
    entryOf([id, [Number(isMark) === 1 ? MARK_FIELD : EVENT_FIELD, text]]),
  );
  return { type: "taken", token, tries: Number(tries), missed: Number(missed), entries };
}
